"""``recipe check``: report what is wrong with recipes and what to type instead, or fix it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hydra_recipes.checking.check import check as check_recipe
from hydra_recipes.checking.overridden import with_overrides
from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.cli.fixing import Fixing, undo
from hydra_recipes.cli.inputs import is_override, read_input, recipe_files
from hydra_recipes.cli.terminal import (
    Command,
    answer_options,
    error_line,
    json_text,
    say,
    style_for,
)
from hydra_recipes.composing.compose import compose
from hydra_recipes.composing.overrides import Request, read_overrides
from hydra_recipes.documents.document import Document
from hydra_recipes.findings.errors import OutputError, OverrideError, RecipeError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.rendering import github_lines, report_text
from hydra_recipes.origin import FileOrigin
from hydra_recipes.repair.search import Outcome
from hydra_recipes.repair.suggesting import of_composed, of_file
from hydra_recipes.sources.active import active_libraries


@click.command(
    cls=Command,
    examples=[
        "recipe check support-bot-sft.yaml",
        "recipe check recipes/ --strict",
        "recipe check trained.yaml platform=training-job hardware=p4d",
        "recipe check support-bot-sft.yaml lr=2e-5",
        "recipe check model=nova-pro run.replicas=12",
        "recipe check - < support-bot-sft.yaml",
        "recipe check support-bot-sft.yaml --fix",
    ],
)
@click.argument("subjects", nargs=-1, required=True, metavar="FILE... [OVERRIDE...] | OVERRIDE...")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@answer_options("github", "annotations of a pull request")
@click.option(
    "--fix",
    "fixes",
    is_flag=True,
    help="Mend files in place, by changes that keep what was written.",
)
@click.option("--dry-run", is_flag=True, help="With --fix or --undo: show what would change.")
@click.option("--no-backup", is_flag=True, help="With --fix: keep no FILE.bak.")
@click.option("--undo", "undoes", is_flag=True, help="Exchange files with their newest FILE.bak.")
def check(
    subjects: tuple[str, ...],
    strict: bool,
    answer: str,
    fixes: bool,
    dry_run: bool,
    no_backup: bool,
    undoes: bool,
) -> int:
    """Check recipe files or directories, or what overrides compose.

    Overrides beside files hold for all of them: values (lr=2e-5) in place of the files' own, and
    choices (platform=training-job), which say what a file can't.

    In JSON there is one line for each recipe:
    {"input", "valid", "ready", "findings", "repairs", "conflict", "search_ended", "off"}.
    """
    files = [subject for subject in subjects if not is_override(subject)]
    overrides = [subject for subject in subjects if is_override(subject)]
    asked = _asked_of(files, overrides)
    if asked.keys and (fixes or undoes):
        option, text = "--fix" if fixes else "--undo", asked.keys[0].text
        raise click.UsageError(f"{option} changes files, and {text} is in none; leave one out")
    _check_options(files, fixes=fixes, undoes=undoes, dry_run=dry_run, no_backup=no_backup)
    if not files:
        try:
            return _show(_composed(overrides), answer, strict)
        except RecipeError as error:
            return _show_unread(error, " ".join(overrides), answer)
    if undoes:
        undo(files, dry_run=dry_run)
    fixing = Fixing(dry_run=dry_run, backup=not no_backup) if fixes else None
    status = 0
    for file in files:
        try:
            for path in recipe_files(file):
                try:
                    report, failed = _checked(path, file, asked, fixing)
                    status = max(status, failed, _show(report, answer, strict))
                except RecipeError as error:
                    status = max(status, _show_unread(error, str(path), answer))
        except RecipeError as error:
            status = max(status, _show_unread(error, file, answer))
    if fixing is not None:
        fixing.tell_all()
    return status


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


def _asked_of(files: list[str], overrides: list[str]) -> Request:
    """Return the overrides beside files; raise for one whose value stands apart (``lr= 1``)."""
    asked = read_overrides(overrides if files else (), active_libraries())
    for override in asked.keys:
        if override.text.endswith("=") and not Path(files[0]).exists():
            raise OverrideError("mixed-inputs", file=files[0], override=override.text)
    return asked


def _checked(path: Path, subject: str, asked: Request, fixing: Fixing | None) -> tuple[Report, int]:
    """Return the report on a file, after fixing the file if asked to, and an exit status.

    The status is 2 if the file can't be written, otherwise 0; what the report makes of it is not in
    it.
    """
    name = subject if subject == "-" else path
    document = read_input(name)
    report, outcome = _examined(document, asked)
    if fixing is None:
        return report, 0
    try:
        if fixing.mend(path, document, outcome, report):
            report, outcome = _examined(read_input(name), asked)
    except OutputError as error:
        click.echo(error_line(error), err=True)
        return report, 2
    fixing.tell_left(path, outcome)
    return report, 0


def _examined(document: Document, asked: Request) -> tuple[Report, Outcome]:
    """Return the report on a file with repairs, and the repairs themselves."""
    libraries = active_libraries()
    choices = tuple(override.text for override in asked.groups)
    hints, typed = hints_for(document, libraries, choices)
    document = with_overrides(document, asked.keys, hints, libraries) if asked.keys else document
    report = check_document(document, hints, typed, libraries)
    return of_file(document, hints, report, libraries)


def _show(report: Report, answer: str, strict: bool) -> int:
    """Print a report, and return the exit status that it calls for."""
    if answer == "text":
        say(report_text(report, style_for(sys.stdout), strict=strict))
    else:
        _show_data(report, answer)
    good = report.valid and (not strict or report.strictly_valid)
    return 0 if good else 1


def _show_unread(error: RecipeError, subject: str, answer: str) -> int:
    """Print why an input can't be read, in JSON as a finding; return the exit status 2."""
    if answer == "text":
        say(error_line(error), err=True)
    else:
        origin = error.origin
        if origin is None and "file" in error.data:
            origin = FileOrigin(error.data["file"], error.data.get("line", 1), 1, "")
        finding = Finding("error", error.kind, error.kind, origin=origin, data=error.data)
        _show_data(Report(subject, (finding,)), answer)
    return 2


def _show_data(report: Report, answer: str) -> None:
    """Print a report as JSON or as annotations for GitHub."""
    if answer == "json":
        say(json_text(report.as_json()))
    else:
        for line in github_lines(report):
            say(line)
