"""``recipe diff``: compare two recipes, or two directories of recipes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hydra_recipes.checking.methods import foreign_method
from hydra_recipes.cli.terminal import (
    Command,
    columns,
    error_line,
    json_option,
    json_text,
    say,
    style_for,
)
from hydra_recipes.diff.choices import with_choices
from hydra_recipes.diff.sides import Difference, Side, difference, side_of
from hydra_recipes.diff.text import difference_text, pair_heading, pairs_summary
from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.header import command_in
from hydra_recipes.documents.reader import STDIN, read_document
from hydra_recipes.findings.errors import DocumentError, RecipeError
from hydra_recipes.override import is_override
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sources.active import active_libraries

if TYPE_CHECKING:
    from hydra_recipes.diff.matching import Entry, Pair


def _pair(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> tuple[str, str]:
    """Return the two recipes; raise for another number, mostly from overrides without commas."""
    if len(words) == 2:  # noqa: PLR2004 - two recipes
        return words[0], words[1]
    hint = "; put commas between overrides: model=nova-micro,peft=lora"
    problem = f"diff takes two recipes, not {len(words)}"
    raise click.UsageError(problem + (hint if len(words) > 2 else ""))  # noqa: PLR2004


@click.command(
    cls=Command,
    examples=[
        "recipe diff old/one.yaml new/one.yaml",
        "recipe diff model=nova-micro,peft=lora model=nova-lite,peft=lora",
        "recipe diff +preset=complete_sft,lr=2e-6 support-bot-sft.yaml --json",
        "recipe diff old/ new/",
    ],
)
@click.argument("pair", nargs=-1, metavar="A B", callback=_pair)
@json_option
def diff(pair: tuple[str, str], as_json: bool) -> int:
    """Show what differs between two recipes.

    Each is a file, overrides with commas between them, or (both) a directory. The order of keys
    and the spelling of numbers and links don't count. Links of overrides are compared with a file
    that has links itself; one that has none was written with values.

    In JSON: the operations that turn A into B, in order; a set makes the mappings it needs, a
    number that JSON hasn't got is {"number": "inf"}, and a mapping with keys that aren't text
    {"mapping": [[1, "x"]]}. For directories there is one line for each recipe: {"old", "new",
    "matched", "operations"}.

    Exit status: 0 no key differs (choices may), 1 some do, 2 not understood.
    """
    old, new = pair
    if old == new == "-":
        raise click.UsageError("- can be one of the two")
    directories = [name for name in (old, new) if os.path.isdir(name)]  # noqa: PTH112 - any text
    if len(directories) == 1:
        other = new if directories[0] == old else old
        if other != "-" and not os.path.exists(other) and not _is_composed(other):  # noqa: PTH110
            _read(Path(other), other)  # says why it can't be read
        from hydra_recipes.findings.messages.files import DirectoryAndRecipe

        raise DocumentError(DirectoryAndRecipe(directory=directories[0], other=other))
    if directories:
        return _directories(old, new, as_json)
    result = _difference(*_alike(_side(old), _side(new)))
    say(_json(result) if as_json else _text(result))
    return 1 if result else 0


def _is_composed(subject: str) -> bool:
    """Return whether an argument is overrides and not a file."""
    return not subject or is_override(subject)


def _alike(old: Side, new: Side) -> tuple[Side, Side]:
    """Return two sides that compare alike: without links, if one is a file written without any."""
    for file, composed in ((old, new), (new, old)):
        if file.choices is None and composed.choices is not None and not file.has_links:
            values = composed._replace(written=composed.resolved)
            return (old, values) if composed is new else (values, new)
    return old, new


def _side(subject: str) -> Side:
    """Return the recipe that an argument names, as a side of the comparison."""
    if _is_composed(subject):
        from hydra_recipes.composing.compose import compose
        from hydra_recipes.diff.overrides import spaced_overrides, split_overrides

        spaced = spaced_overrides(subject)
        if spaced:
            raise click.UsageError(f"put commas between overrides: {','.join(spaced)}")
        recipe = compose(split_overrides(subject))
        return side_of(subject, recipe.scope.recipe, recipe.scope.beside, recipe.choices)
    return _read(STDIN, "<stdin>") if subject == "-" else _read(Path(subject), subject)


def _read(path: Path, name: str) -> Side:
    """Return the recipe in a file, as a side of the comparison."""
    document = read_document(path, name)
    tree, beside = recipe_in(document)
    if document.troubles:
        _warn(document)
    command = command_in(document.text)
    return side_of(name, tree, beside)._replace(said=command.overrides if command else None)


def _warn(document: Document) -> None:
    """Print warnings about a file with mistakes that don't keep it from being read."""
    from dataclasses import replace

    from hydra_recipes.checking.recipe_file import trouble_finding
    from hydra_recipes.findings.rendering import finding_text

    for trouble in document.troubles:
        _, finding = trouble_finding(document, (), trouble)
        warning = replace(finding, severity="warning")
        say(finding_text(warning, style_for(sys.stderr)), err=True)


def _difference(old: Side, new: Side) -> Difference:
    """Return how two sides differ, in keys and choices; warn of files that may be no recipes."""
    libraries = active_libraries()
    book = rule_book(libraries)
    for side in (old, new):
        if side.choices is None:
            _refuse_others(side, book)
    result = with_choices(difference(old, new), book, libraries)
    for side, doubtful in zip((old, new), result.doubtful, strict=True):
        if side.choices is None and (doubtful or foreign_method(book, side.resolved, {})):
            _warn_of_stranger(side, book, doubtful=doubtful)
    return result


def _warn_of_stranger(side: Side, book: RuleBook, *, doubtful: bool) -> None:
    """Print a warning if a file is a recipe of another method, or of no known family.

    With ``doubtful`` the file's choices couldn't be recognized for certain.
    """
    from hydra_recipes.checking.family_match import misfit, other_method
    from hydra_recipes.findings.finding import Finding
    from hydra_recipes.findings.rendering import finding_text

    detail = other_method(side.name, side.resolved, book, {}) or (
        misfit(side.name, side.resolved, book) if doubtful else None
    )
    if detail is not None:
        warning = Finding("warning", detail.kind, detail)
        say(finding_text(warning, style_for(sys.stderr)), err=True)


def _refuse_others(side: Side, book: RuleBook) -> None:
    """Raise DocumentError for a file that holds nothing of a recipe.

    Families are imported only for a file that has no known section at its root.
    """
    if book.sections.isdisjoint(side.written):
        from hydra_recipes.checking.family_match import raise_unless_recipe

        raise_unless_recipe(side.name, side.resolved, book)


def _text(result: Difference) -> str:
    """Return a difference as text for this terminal."""
    return difference_text(result, columns(), style_for(sys.stdout))


def _json(result: Difference) -> str:
    """Return a difference as JSON: a list of operations."""
    return json_text([operation.as_json() for operation in result.operations])


def _directories(old: str, new: str, as_json: bool) -> int:
    """Compare two directories recipe by recipe, and return the exit status.

    A file that can't be read is reported and left out.
    """
    from hydra_recipes.diff.matching import matched

    style = style_for(sys.stdout)
    left, right = _Directory(old), _Directory(new)
    count = dict.fromkeys(("equal", "different", "old", "new"), 0)
    for pair in matched(list(left.entries()), list(right.entries())):
        result = _difference(pair.old.side, pair.new.side) if pair.old and pair.new else None
        state = "new" if not pair.old else "old" if not pair.new else "equal"
        state = "different" if result else state
        count[state] += 1
        if as_json:
            say(_pair_json(pair, result))
        elif state != "equal":
            say(pair_heading(pair, style))
            if result:
                say(f"{_text(result)}\n")
    if not as_json:
        say(pairs_summary(count, old, new))
    if left.failed or right.failed:
        return 2
    return 0 if sum(count.values()) == count["equal"] else 1


class _Directory:
    """One of two directories of recipes; ``failed`` is set if a file in it can't be read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failed = False

    def entries(self) -> Iterator[Entry]:
        """Yield the recipes in it; print an error for each file that can't be read."""
        from hydra_recipes.cli.inputs import recipe_files
        from hydra_recipes.diff.matching import Entry

        for path in recipe_files(self.name):
            try:
                side = _read(path, str(path))
                _refuse_others(side, rule_book(active_libraries()))
                yield Entry(path.relative_to(self.name).as_posix(), side)
            except RecipeError as error:
                self.failed = True
                say(error_line(error), err=True)


def _pair_json(pair: Pair, result: Difference | None) -> str:
    """Return one line of JSON for a pair of recipes."""
    data: dict[str, Any] = {
        "old": pair.old and pair.old.side.name,
        "new": pair.new and pair.new.side.name,
        "matched": pair.by,
        "operations": None if result is None else [edit.as_json() for edit in result.operations],
    }
    return json_text(data)
