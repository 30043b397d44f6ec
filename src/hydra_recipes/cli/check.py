"""``recipe check``: report what is wrong with recipes and what to type instead, or fix it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from hydra_recipes.checking.alike import Alike
from hydra_recipes.checking.check import check as check_recipe
from hydra_recipes.checking.overridden import with_overrides
from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.cli.answers import Answers
from hydra_recipes.cli.fixing import Fixing, undo
from hydra_recipes.cli.inputs import MANIFEST, read_input, recipe_files, say_given_twice
from hydra_recipes.cli.processes import PATIENCE, cores, spread
from hydra_recipes.cli.progress import Progressed, progress
from hydra_recipes.cli.terminal import (
    Command,
    answer_options,
    error_line,
    hold_recipe_to_lock,
    holds_to_lock,
)
from hydra_recipes.composing.bare_words import refuse_bare_words
from hydra_recipes.composing.compose import compose
from hydra_recipes.composing.overrides import Request, read_overrides
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import STDIN, parse_document, text_in
from hydra_recipes.documents.stream import SUFFIX, read_lines, read_stream
from hydra_recipes.findings.errors import OutputError, OverrideError, RecipeError
from hydra_recipes.findings.finding import Report
from hydra_recipes.findings.messages.files import MixedInputs
from hydra_recipes.override import is_override
from hydra_recipes.repair.search import Outcome
from hydra_recipes.repair.suggesting import of_composed, of_file
from hydra_recipes.rules.book import looked_at_once
from hydra_recipes.sources.active import active_libraries

_Named = tuple[str, Path]
"""A word of the command, and one of the files that it names."""


@click.command(
    cls=Command,
    meant=dict.fromkeys(
        ("-f", "--file", "--from", "--input"), "type the file's name alone: recipe check FILE"
    ),
    examples=[
        "recipe check support-bot-sft.yaml",
        "recipe check recipes/ --strict",
        "recipe check recipes/ --quiet",
        "recipe check trained.yaml platform=training-job hardware=p4d",
        "recipe check support-bot-sft.yaml lr=2e-5",
        "recipe check model=nova-pro run.replicas=12",
        "recipe check - < support-bot-sft.yaml",
        "recipe check support-bot-sft.yaml --fix",
    ],
)
@click.argument("subjects", nargs=-1, required=True, metavar="FILE... [OVERRIDE...] | OVERRIDE...")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("-q", "--quiet", is_flag=True, help="Show only what isn't valid.")
@answer_options("github", "annotations of a pull request")
@click.option(
    "--fix",
    "fixes",
    is_flag=True,
    help="Mend files in place, by changes that keep what was written.",
)
@click.option("--dry-run", is_flag=True, help="With --fix or --undo: show what would change.")
@click.option("--no-backup", is_flag=True, help="With --fix: keep no FILE.bak.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Check many files on N processes; else on all cores if it takes long.",
)
@click.option("--undo", "undoes", is_flag=True, help="Exchange files with their newest FILE.bak.")
def check(
    subjects: tuple[str, ...],
    strict: bool,
    quiet: bool,
    answer: str,
    fixes: bool,
    dry_run: bool,
    no_backup: bool,
    workers: int | None,
    undoes: bool,
) -> int:
    """Check recipe files or directories, or what overrides compose.

    Overrides beside files hold for all of them: values (lr=2e-5) in place of the files' own, and
    choices (platform=training-job), which say what a file can't.

    A JSONL file of a sweep is checked recipe by recipe. Of many recipes those that aren't valid
    come last; what several have is explained once and counted.

    In JSON there is one line for each recipe:
    {"input", "valid", "ready", "findings", "repairs", "conflict", "search_ended", "off"}.
    """
    files = [subject for subject in subjects if not is_override(subject)]
    overrides = [subject for subject in subjects if is_override(subject)]
    asked = _asked_of(subjects, files, overrides)
    say_given_twice(overrides)
    if asked.keys and (fixes or undoes):
        option, text = "--fix" if fixes else "--undo", asked.keys[0].text
        raise click.UsageError(f"{option} changes files, and {text} is in none; leave one out")
    _check_options(files, fixes=fixes, undoes=undoes, dry_run=dry_run, no_backup=no_backup)
    answers = Answers(answer, strict=strict, quiet=quiet)
    if not files:
        try:
            answers.show(_composed(overrides))
        except RecipeError as error:
            answers.show_unread(error, " ".join(overrides))
        return answers.status
    if undoes:
        undo(files, dry_run=dry_run)
    fixing = Fixing(dry_run=dry_run, backup=not no_backup) if fixes else None
    # Without -q the answers themselves show how far it is.
    with progress(0, "checking") if quiet else nullcontext(lambda *_: None) as progressed:
        _check_files(files, asked, answers, fixing, workers, progressed)
    if fixing is not None:
        fixing.tell_all()
    answers.finish()
    return answers.status


@looked_at_once()
def _check_files(
    names: Sequence[str],
    asked: Request,
    answers: Answers,
    fixing: Fixing | None,
    workers: int | None,
    progressed: Progressed,
) -> None:
    """Show the reports on files and directories, in order, after fixing them if asked to."""
    inputs = [(name, path) for name in names for path in _paths(name)]
    progressed(0, len(inputs))
    paths = [(name, path) for name, path in inputs if isinstance(path, Path)]
    answers.many = len(names) > 1 or any(path != Path(name) for name, path in paths)
    files = [(name, path) for name, path in paths if not _is_stream(path)]
    reports = _reports(files if fixing is None else [], asked, workers)
    for name, path in inputs:
        try:
            if isinstance(path, RecipeError):
                raise path
            if _is_stream(path):
                _check_stream(path, asked, answers, fixes=fixing is not None)
            elif fixing is not None:
                _fix_file(path, name, asked, fixing, answers)
            else:
                _show(next(reports), path, answers)
        except RecipeError as error:
            answers.show_unread(error, name)
        progressed(1)


def _reports(
    files: Sequence[_Named], asked: Request, workers: int | None
) -> Iterator[Report | RecipeError]:
    """Return the report on each file, or why it can't be read, in order."""
    learns = len(files) > 1 and not asked.keys and not holds_to_lock()
    alike = Alike(active_libraries(), asked.groups) if learns else None
    look = partial(_looked_at, asked=asked, alike=alike)
    return spread(look, files, workers or cores(), 0 if workers else PATIENCE)


def _show(report: Report | RecipeError, path: Path, answers: Answers) -> None:
    """Show the report on a file, or why it can't be read."""
    if isinstance(report, RecipeError):
        answers.show_unread(report, str(path))
    else:
        answers.show(report)


def _paths(file: str) -> list[Path | RecipeError]:
    """Return the recipe files and streams of one of the command's words, or why there are none."""
    try:
        return list(recipe_files(file, streams=True))
    except RecipeError as error:
        return [error]


def _is_stream(path: Path) -> bool:
    """Return whether a path is that of a stream of recipes."""
    return path.name.endswith(SUFFIX)


def _looked_at(named: _Named, asked: Request, alike: Alike | None) -> Report | RecipeError:
    """Return the report on a file, or why it can't be read.

    Args:
        named: The file.
        asked: The overrides beside it.
        alike: What other files have shown; None if there are none.
    """
    subject, path = named
    try:
        source, file = (STDIN, "<stdin>") if subject == "-" else (path, str(path))
        text = text_in(source, file)
        report = alike.report(text, file) if alike else None
        if report is None:
            document = parse_document(text, file)
            hold_recipe_to_lock(document)
            looked_at = _checked(document, asked, {})
            if alike:
                alike.learn(document, looked_at[-1])
            report, _ = of_file(*looked_at, active_libraries())
    except RecipeError as error:
        return error
    return report


def _fix_file(path: Path, subject: str, asked: Request, fixing: Fixing, answers: Answers) -> None:
    """Fix a file, and show the report on what it then is."""
    name = subject if subject == "-" else path
    try:
        document = read_input(name)
        report, outcome = _examined(document, asked)
        try:
            if fixing.mend(path, document, outcome, report):
                report, outcome = _examined(read_input(name), asked)
            fixing.tell_left(path, outcome)
        except OutputError as error:
            click.echo(error_line(error), err=True)
            answers.status = 2
        answers.show(report)
    except RecipeError as error:
        answers.show_unread(error, str(path))


def _check_stream(path: Path, asked: Request, answers: Answers, *, fixes: bool) -> None:
    """Show the reports on the recipes of a JSONL file."""
    if fixes:
        raise click.UsageError(f"--fix mends YAML and JSON files; {path} is a stream of a sweep")
    answers.many, answers.word = True, "recipe"
    choices = _choices_in(path.with_name(MANIFEST))
    for number, id_, document in read_stream(path):
        subject = f"{path}:{number}"
        swept_id, swept = next(choices, ("", {}))
        try:
            if isinstance(document, RecipeError):
                raise document
            looked_at = _checked(document, asked, swept if swept_id == id_ else {})
            report = looked_at[-1]
            if not asked.keys:  # what mends an override is no repair of one recipe of many
                report, _ = of_file(*looked_at, active_libraries())
            answers.show(replace(report, subject=subject), in_stream=True)
        except RecipeError as error:
            answers.show_unread(error, subject)


def _check_options(
    files: list[str], *, fixes: bool, undoes: bool, dry_run: bool, no_backup: bool
) -> None:
    """Raise UsageError for options that don't go together."""
    if dry_run and not (fixes or undoes):
        raise click.UsageError("--dry-run goes with --fix or --undo")
    if no_backup and not fixes:
        raise click.UsageError("--no-backup goes with --fix")
    if fixes and undoes:
        raise click.UsageError("--fix mends files and --undo takes that back; choose one")
    if fixes and (not files or "-" in files):
        raise click.UsageError("--fix mends files; of overrides, check says what to type instead")
    if undoes and (not files or "-" in files):
        raise click.UsageError("--undo puts files back as they were; name the files")


def _composed(overrides: list[str]) -> Report:
    """Return the report on the recipe that overrides compose, with repairs if it is invalid."""
    recipe = compose(overrides)
    report = check_recipe(recipe)
    if report.valid:
        return report

    return of_composed(recipe, report, active_libraries())


def _asked_of(subjects: Sequence[str], files: list[str], overrides: list[str]) -> Request:
    """Return the overrides beside files; raise for words that are neither (``lr= 1``)."""
    named = [file for file in files if file == "-" or os.path.exists(file)]  # noqa: PTH110 - as above
    refuse_bare_words(subjects, active_libraries(), named)
    asked = read_overrides(overrides if files else (), active_libraries())
    for override in asked.keys:
        if override.text.endswith("=") and not Path(files[0]).exists():
            raise OverrideError(MixedInputs(file=files[0], override=override.text))
    return asked


def _choices_in(manifest: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the id and the choices of each recipe of a sweep, in the order of its stream."""
    for line in read_lines(manifest):
        yield line.get("id", ""), line.get("choices", {})


def _examined(document: Document, asked: Request) -> tuple[Report, Outcome]:
    """Return the report on a file with repairs, and the repairs themselves."""
    return of_file(*_checked(document, asked, {}), active_libraries())


def _checked(
    document: Document, asked: Request, choices: Mapping[str, str]
) -> tuple[Document, Mapping[str, str], Report]:
    """Return a file with the overrides beside it, the choices that are known, and the report.

    Args:
        document: The file.
        asked: The overrides beside it.
        choices: The choices that a manifest names for it.
    """
    libraries = active_libraries()
    hints, typed = hints_for(document.text, libraries, asked.groups)
    hints = {**choices, **hints}
    document = with_overrides(document, asked.keys, hints, libraries) if asked.keys else document
    return document, hints, check_document(document, hints, typed, libraries)
