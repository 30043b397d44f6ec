"""A variant of a recipe file: what it was composed from, with other choices and values on top.

The file is imported, so it becomes overrides: the choices it was made from, and the values in which
it differs from them. Those given on top come after. With ``lr=1e-5`` in a file of Nova Lite,
``model=nova-pro lr=2e-5`` gives ``model=nova-pro lr=2e-5`` and all other overrides of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from hydra_recipes.checking.family_match import unknown_keys
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import Request, read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document, mount_of
from hydra_recipes.documents.emitter import Comment
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.importing.comments import comments_in, with_comments
from hydra_recipes.importing.imported import Imported
from hydra_recipes.links.rewriting import LinkStyle, rewrite
from hydra_recipes.origin import KeyPath, OverrideOrigin
from hydra_recipes.override import Override
from hydra_recipes.rules.book import rule_book
from hydra_recipes.tree import ABSENT, MOUNT, find, lookup, path_of, shortest, walk, within


@dataclass(frozen=True)
class Variant:
    """A recipe made from a file and overrides.

    Attributes:
        imported: The file, as overrides.
        recipe: What its overrides compose with the others on top.
        dropped: The file's own overrides that don't fit the new choices, which lack their keys.
    """

    imported: Imported
    recipe: Recipe
    dropped: tuple[str, ...]
    same: ClassVar[tuple[str, ...]] = ()
    """The groups whose option has to stay."""

    @property
    def links(self) -> LinkStyle:
        """The style of the file's links; ``resolved`` if it has none."""
        if not self.imported.goal.links:
            return "resolved"
        return "recipes" if f"${{{MOUNT}." in self.imported.document.text else "relative"

    def to_yaml(self, links: LinkStyle, header: str, comment: Comment | None = None) -> str:
        """Return the recipe as YAML text with the comments of the file's keys, and its flow lists.

        Args:
            links: How links are written.
            header: The lines to begin with.
            comment: What to write beside keys that have no comment in the file.
        """
        document = self.imported.document
        mount = mount_of(document)
        comments = comments_in(document).below(mount)
        flow = {path[len(mount) :] for path in _lists_in_a_line(document)}
        top = "".join(f"# {line}\n" for line in comments.top)
        tree = rewrite(self.recipe.scope, links)
        return header + top + with_comments(tree, comments, (), comment, flow)

    def with_line_ends(self, text: str) -> str:
        """Return text with the line ends of the file."""
        return text.replace("\n", "\r\n") if "\r\n" in self.imported.document.text else text


def _lists_in_a_line(document: Document) -> Iterator[KeyPath]:
    """Yield the keys whose values are lists that the file has in brackets, on one line."""
    lines = document.text.splitlines()
    inner: dict[KeyPath, list[int]] = {}
    for path, mark in document.marks.items():
        inner.setdefault(path[:-1], []).append(mark.line)
    for path, places in inner.items():
        line, column = document.marks[path]
        if lines[line - 1][column - 1] == "[" and set(places) == {line}:
            yield path


def variant_of(imported: Imported, overrides: Sequence[str]) -> Variant:
    """Return a variant of an imported recipe file.

    Args:
        imported: The file.
        overrides: The changes; they take precedence over the file's own overrides.

    Raises:
        OverrideError: If one of the overrides can't be understood or applied.
    """
    asked = read_overrides(overrides, imported.libraries)
    kept = tuple(_kept_overrides(imported, asked))
    own, recipe = _composed(imported, kept, overrides)
    strange = set(_strange(imported, recipe, own))
    if strange:
        own = tuple(text for text in own if text not in strange)
        own, recipe = _composed(imported, own, overrides)
    dropped = tuple(text for text in kept if text not in own)
    replaced = set(_replaced(recipe, own, asked))
    if replaced:
        own = tuple(text for text in own if text not in replaced)
        _, recipe = _composed(imported, own, overrides)
    return Variant(imported, recipe, dropped)


def _kept_overrides(imported: Imported, asked: Request) -> Iterator[str]:
    """Yield the file's overrides, except choices in groups that ``asked`` also chooses.

    A key is made whole if it is as short as the file's own choices allow, and under the new ones
    would mean another key or several.
    """
    anew = {override.group for override in asked.groups}
    own = read_overrides(imported.overrides, imported.libraries)
    chosen_anew = {override.text for override in own.groups if override.group in anew}
    groups = (override.text for override in own.groups if override.text not in chosen_anew)
    chosen = (*groups, *(override.text for override in asked.groups))
    request = read_overrides(chosen, imported.libraries)
    tree = compose_request(request, chosen, imported.libraries).tree
    paths = {step.override.text: step.at for step in imported.recipe.provenance.steps}
    for text in imported.overrides:
        path = paths.get(text)
        if path is None:
            if text not in chosen_anew:
                yield text
            continue
        override = Override.read(text)
        is_there = lookup(tree, path) is not ABSENT
        if is_there and find(path_of(override.key), tree) != [path]:
            override = override._replace(key=shortest(path, tuple(walk(tree))))
        if is_there and override.sign == "+":
            override = override.unsigned  # the file's own choices lacked the key, the new have it
        yield override.text


def _strange(imported: Imported, recipe: Recipe, own: Sequence[str]) -> Iterator[str]:
    """Yield the file's overrides that add a key which recipes of the new choices don't have."""
    family = rule_book(imported.libraries).family_of(recipe.choices)
    unknown = unknown_keys(recipe.scope.resolve()[0], family) if family else ()
    for step in recipe.provenance.steps:
        if step.override.text in own and within(step.at, unknown):
            yield step.override.text


def _composed(
    imported: Imported, own: tuple[str, ...], overrides: Sequence[str]
) -> tuple[tuple[str, ...], Recipe]:
    """Return those of the file's own overrides that fit, and what they and the others compose.

    An override doesn't fit if the new choices have no such key.
    """
    while True:
        texts = (*own, *overrides)
        try:
            request = read_overrides(texts, imported.libraries)
            return own, compose_request(request, texts, imported.libraries)
        except OverrideError as error:
            text = error.origin.override if isinstance(error.origin, OverrideOrigin) else None
            if text not in own or text in overrides:
                raise
            own = tuple(other for other in own if other != text)


def _replaced(recipe: Recipe, own: Sequence[str], asked: Request) -> Iterator[str]:
    """Yield the file's changes of keys that are changed anew, so that each is said once."""
    changes = {override.text for override in asked.keys if override.kind == "change"}
    steps = recipe.provenance.steps
    anew = {step.at for step in steps if step.override.text in changes}
    for step in steps:
        if step.override.text in own and step.at in anew and not step.override.sign:
            yield step.override.text
