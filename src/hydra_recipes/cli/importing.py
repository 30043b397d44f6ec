"""``recipe import``: find the shortest command that composes a recipe file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from hydra_recipes.cli.inputs import recipe_files
from hydra_recipes.cli.terminal import (
    Command,
    error_line,
    hold_to_lock,
    json_option,
    json_text,
    say,
    style_for,
)
from hydra_recipes.documents.reader import STDIN
from hydra_recipes.findings.errors import LibraryError, OutputError, RecipeError
from hydra_recipes.findings.messages.importing import PresetNameTwice, SaidAsText
from hydra_recipes.findings.rendering import report_text
from hydra_recipes.importing.imported import Imported, import_file, shared
from hydra_recipes.importing.presets import (
    check_free,
    is_preset_name,
    preset_file,
    preset_name,
    preset_text,
    save_presets,
)
from hydra_recipes.shell_words import quote
from hydra_recipes.sources.active import using
from hydra_recipes.sources.locating import CONF, locate
from hydra_recipes.text import one_line


@click.command(
    "import",
    cls=Command,
    examples=[
        "recipe import handwritten.yaml",
        "recipe import - < handwritten.yaml",
        "recipe import handwritten.yaml --save support-bot --library team/",
        "recipe import recipes/ --save bots --library team/ --dry-run",
    ],
)
@click.argument("subject", metavar="FILE")
@click.option("--allow-unknown", is_flag=True, help="Add keys too that no such recipe has.")
@click.option(
    "--save", "name", metavar="NAME", help="Save it as a preset; of a directory, in that folder."
)
@click.option(
    "--library",
    "named",
    multiple=True,
    metavar="DIR|PACKAGE",
    help="Use this library too; presets are saved in the first.",
)
@click.option("--force", is_flag=True, help="Overwrite presets that are there.")
@click.option("--dry-run", is_flag=True, help="Print the presets and write nothing.")
@json_option
def importing(
    subject: str,
    allow_unknown: bool,
    name: str | None,
    named: tuple[str, ...],
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Find the shortest command that composes a recipe file.

    The file may be written by hand, composed or published by others, with the recipe at its root
    or under recipes. Of a directory each file is imported.

    In JSON: {"command", "overrides", "choices", "exact", "unexpressed", "findings"}.
    """
    _check_options(name, named, force=force, dry_run=dry_run)
    library = None
    if name is not None:
        library, named = _home(named)
    with using(named):
        hold_to_lock()
        return _import(
            subject, allow_unknown, name, library, force=force, dry_run=dry_run, as_json=as_json
        )


def _home(named: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Return where presets are saved, and the libraries to use: the first may not exist yet."""
    first = Path(named[0])
    try:
        root = locate(named[0], "option", "--library", Path.cwd()).root
    except LibraryError:
        if not named[0].strip():  # from an unset shell variable
            raise
        return first, named[1:]
    if first.is_dir():  # keep the path as it was typed, for messages
        return (first / CONF if (first / CONF).is_dir() else first), named
    return root, named


def _import(
    subject: str,
    allow_unknown: bool,
    name: str | None,
    library: Path | None,
    *,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Import files, save or show presets, print the answer, and return the exit status."""
    imports, status = _import_all(subject, allow_unknown)
    status = max([status, *(int(not imported.good) for imported in imports)])
    presets: Mapping[Path, str] = {}
    if name is not None and library is not None and status <= 1:
        presets, saved = _presets(subject, imports, name, library, write=not dry_run, force=force)
        status = max(status, saved)
    elif name is not None:
        say("no preset was saved, as a file can't be read", err=True)
    if as_json:
        _show_data(imports, presets, together=Path(subject).is_dir())
        return status
    _show_findings(imports)
    if dry_run:
        _show_presets(presets)
        return status
    _show_commands(imports, together=Path(subject).is_dir())
    for path in presets:
        say(f"wrote {path}", err=True)
    return status


def _check_options(name: str | None, named: tuple[str, ...], *, force: bool, dry_run: bool) -> None:
    """Raise UsageError for options that don't go together, or a bad name for a preset."""
    if name is not None and not named:
        raise click.UsageError("--save NAME needs --library DIR")
    if name is None and (force or dry_run):
        raise click.UsageError(f"{'--force' if force else '--dry-run'} needs --save NAME")
    if name is not None and not is_preset_name(name):
        raise click.UsageError(
            f"{name!r} is no name for a preset: use letters, digits, _ and -, and / for folders"
        )


def _import_all(subject: str, allow_unknown: bool) -> tuple[list[Imported], int]:
    """Import a file, or each file in a directory; return also 2 if one can't be read, else 0."""
    if subject == "-":
        return [import_file(STDIN, "<stdin>", allow_unknown=allow_unknown)], 0
    if not Path(subject).is_dir():
        return [import_file(Path(subject), allow_unknown=allow_unknown)], 0
    imports: list[Imported] = []
    status = 0
    for path in recipe_files(subject):
        try:
            imports.append(import_file(path, allow_unknown=allow_unknown))
        except RecipeError as error:
            say(error_line(error), err=True)
            status = 2
    return imports, status


def _presets(
    subject: str, imports: Sequence[Imported], name: str, library: Path, *, write: bool, force: bool
) -> tuple[Mapping[Path, str], int]:
    """Return the text of each preset by its file, and an exit status.

    The presets are written if ``write`` is set. If one can't be made, none is: the result is empty,
    and the status 1.
    """
    together = Path(subject).is_dir()
    named: dict[str, Imported] = {}
    for imported in imports:
        file = Path(imported.document.file)
        inside = together and f"{name}/{preset_name(file.relative_to(subject))}"
        whole = inside or name
        if whole in named:
            files = (named[whole].document.file, imported.document.file)
            raise OutputError(PresetNameTwice(name=whole, files=files))
        named[whole] = imported
    texts: dict[Path, str] = {}
    failed = False
    for whole, imported in named.items():
        try:
            texts[preset_file(library, whole)] = preset_text(imported, whole)
        except OutputError as error:
            say(error_line(error), err=True)
            failed = True
    if failed:
        if together:
            say("no preset was saved, as one of them can't be", err=True)
        return {}, 1
    if write:
        save_presets(texts, force=force)
    else:
        check_free(texts, force=force)
    return texts, 0


def _show_findings(imports: Sequence[Imported]) -> None:
    """Print what is wrong with each file, and what its command can't express."""
    style = style_for(sys.stderr)
    for imported in imports:
        if imported.report.findings:
            say(report_text(imported.report, style, quiet=imported.report.valid), err=True)
        for left in imported.unexpressed:
            text = left.line()
            hint = f"; {text.hint}" if text.hint else ""
            label = "as text" if isinstance(left, SaidAsText) else "left out"
            say(f"{style(label, 'warning')}: {text.message}{hint}", err=True)


def _show_commands(imports: Sequence[Imported], *, together: bool) -> None:
    """Print the command for each file, and what all of them share."""
    for imported in imports:
        if together:
            say(f"# {one_line(imported.document.file)}")
        say(imported.command)
    if len(imports) > 1:
        words = " ".join(map(quote, shared(imports)))
        say(f"# in all {len(imports)}: {words or 'no override'}")


def _show_presets(presets: Mapping[Path, str]) -> None:
    """Print the presets instead of writing them."""
    for path, text in presets.items():
        if len(presets) > 1:
            say(f"# {one_line(str(path))}")
        say(text, nl=False)


def _show_data(imports: Sequence[Imported], presets: Mapping[Path, str], *, together: bool) -> None:
    """Print the answer as JSON: an object for a file, and for a directory one with a list."""
    answers: list[dict[str, Any]] = [imported.as_json() for imported in imports]
    for answer, (path, text) in zip(answers, presets.items(), strict=False):
        answer["preset"] = {"file": str(path), "text": text}
    if not together:
        say(json_text(answers[0]))
        return
    inputs = [
        {"input": imported.document.file, **answer}
        for imported, answer in zip(imports, answers, strict=True)
    ]
    overrides = list(shared(imports)) if imports else []
    say(json_text({"recipes": inputs, "shared": overrides}))
