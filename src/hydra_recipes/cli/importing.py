"""``recipe import``: from a recipe file to the shortest command that composes it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from hydra_recipes.cli.inputs import STDIN, recipe_files
from hydra_recipes.cli.terminal import (
    Command,
    error_line,
    hold_to_lock,
    json_option,
    json_text,
    say,
    style_for,
)
from hydra_recipes.findings.errors import LibraryError, OutputError, RecipeError
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
    """Where presets are saved, and the libraries there are; the first may be yet to come."""
    first = Path(named[0])
    try:
        root = locate(named[0], "option", "--library", Path.cwd()).root
    except LibraryError:
        if not named[0].strip():  # as a variable that isn't set leaves it
            raise
        return first, named[1:]
    if first.is_dir():  # told as it was typed
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
    found, status = _import_all(subject, allow_unknown)
    status = max([status, *(int(not one.good) for one in found)])
    presets: Mapping[Path, str] = {}
    if name is not None and library is not None and status <= 1:
        presets, saved = _presets(subject, found, name, library, write=not dry_run, force=force)
        status = max(status, saved)
    elif name is not None:
        say("no preset was saved, as a file can't be read", err=True)
    if as_json:
        _show_data(found, presets, together=Path(subject).is_dir())
        return status
    _show_findings(found)
    if dry_run:
        _show_presets(presets)
        return status
    _show_commands(found, together=Path(subject).is_dir())
    for path in presets:
        say(f"wrote {path}", err=True)
    return status


def _check_options(name: str | None, named: tuple[str, ...], *, force: bool, dry_run: bool) -> None:
    if name is not None and not named:
        raise click.UsageError("--save NAME needs --library DIR")
    if name is None and (force or dry_run):
        raise click.UsageError(f"{'--force' if force else '--dry-run'} needs --save NAME")
    if name is not None and not is_preset_name(name):
        raise click.UsageError(
            f"{name!r} is no name for a preset: use letters, digits, _ and -, and / for folders"
        )


def _import_all(subject: str, allow_unknown: bool) -> tuple[list[Imported], int]:
    """The file, or the files in a directory; and 2 if one can't be read, else 0."""
    if subject == "-":
        return [import_file(STDIN, "<stdin>", allow_unknown=allow_unknown)], 0
    if not Path(subject).is_dir():
        return [import_file(Path(subject), allow_unknown=allow_unknown)], 0
    found: list[Imported] = []
    status = 0
    for path in recipe_files(subject):
        try:
            found.append(import_file(path, allow_unknown=allow_unknown))
        except RecipeError as error:
            say(error_line(error), err=True)
            status = 2
    return found, status


def _presets(
    subject: str, found: Sequence[Imported], name: str, library: Path, *, write: bool, force: bool
) -> tuple[Mapping[Path, str], int]:
    """The presets by file, written if that is asked for; none, and 1, if one can't be made."""
    together = Path(subject).is_dir()
    named: dict[str, Imported] = {}
    for one in found:
        file = Path(one.document.file)
        inside = together and f"{name}/{preset_name(file.relative_to(subject))}"
        whole = inside or name
        if whole in named:
            files = (named[whole].document.file, one.document.file)
            raise OutputError("preset-name-twice", name=whole, files=files)
        named[whole] = one
    texts: dict[Path, str] = {}
    failed = False
    for whole, one in named.items():
        try:
            texts[preset_file(library, whole)] = preset_text(one, whole)
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


def _show_findings(found: Sequence[Imported]) -> None:
    style = style_for(sys.stderr)
    for one in found:
        if one.report.findings:
            say(report_text(one.report, style, quiet=one.report.valid), err=True)
        for left in one.unexpressed:
            hint = f"; {left.text.hint}" if left.text.hint else ""
            what = "left out" if left.typed is None else "as text"
            say(f"{style(what, 'warning')}: {left.text.message}{hint}", err=True)


def _show_commands(found: Sequence[Imported], *, together: bool) -> None:
    for one in found:
        if together:
            say(f"# {one_line(one.document.file)}")
        say(one.command)
    if len(found) > 1:
        words = " ".join(map(quote, shared(found)))
        say(f"# in all {len(found)}: {words or 'no override'}")


def _show_presets(presets: Mapping[Path, str]) -> None:
    for path, text in presets.items():
        if len(presets) > 1:
            say(f"# {one_line(str(path))}")
        say(text, nl=False)


def _show_data(found: Sequence[Imported], presets: Mapping[Path, str], *, together: bool) -> None:
    answers: list[dict[str, Any]] = [one.as_json() for one in found]
    for answer, (path, text) in zip(answers, presets.items(), strict=False):
        answer["preset"] = {"file": str(path), "text": text}
    if not together:
        say(json_text(answers[0]))
        return
    inputs = [
        {"input": one.document.file, **answer} for one, answer in zip(found, answers, strict=True)
    ]
    said = list(shared(found)) if found else []
    say(json_text({"recipes": inputs, "shared": said}))
