"""A recipe file that is explained: what the command in its first line gave, and what was edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hydra_recipes.composing import compose
from hydra_recipes.documents import Document
from hydra_recipes.errors import OverrideError, RecipeError
from hydra_recipes.explaining.explanation import Explained, is_edit
from hydra_recipes.first_line import libraries_in_header, overrides_in_header
from hydra_recipes.history import History, Write, flat, replayed
from hydra_recipes.library import Libraries
from hydra_recipes.links.grammar import braces_in, contains_link
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.messages import message_of
from hydra_recipes.mount import MOUNT, recipe_in
from hydra_recipes.origins import KeyPath
from hydra_recipes.recipe import canonical
from hydra_recipes.recipe_files import (
    check_document,
    hints_for,
)
from hydra_recipes.repair.patient import of_tree


def explained_file(document: Document, shelf: Libraries) -> Explained:
    """A recipe file, ready to be explained.

    If its first line gives the command that composed it, each value that still is what the command
    gives has the history of that; what was edited since came from the file.

    Raises:
        DocumentError: If the file holds no mapping.
    """
    tree, beside = recipe_in(document)
    mount: KeyPath = (MOUNT,) if tree is not document.tree else ()
    scope = Scope(braces_in(tree), beside)
    hints, asked = hints_for(document, shelf)
    report = check_document(document, hints, asked, shelf)
    command = overrides_in_header(document.text)
    judge = of_tree(scope.recipe, beside, hints, shelf).judge
    source: Explained | None = None
    refused: OverrideError | None = None
    made: dict[KeyPath, History] = {}
    composed: Mapping[KeyPath, Any] = {}
    unknown: Collection[KeyPath] = ()
    spelled: list[Mapping[KeyPath, Any]] = []
    try:
        if command is not None:
            recipe = compose(command)
            before, beside_it = replayed(recipe)
            source = Explained(recipe.scope, before, beside_it, report, command, shelf, judge)
            made = dict(before)
            values, unknown = recipe.scope.resolve()
            composed = flat(values)
            spelled = [flat(rewrite(recipe.scope, style)) for style in ("relative", "recipes")]
    except RecipeError as error:  # somebody changed the line, or it names libraries
        why = message_of(error.kind, error.data).message
        named = libraries_in_header(document.text)
        command = None
        refused = OverrideError("first-line-refused", reason=why, libraries=named)
    real = flat(scope.resolve()[0])
    for path, value in real.items():
        written = _written(scope.recipe, path)
        as_composed = path in composed and canonical(composed[path]) == canonical(value)
        # A link that compose wrote may lead elsewhere now, and one without a value tells nothing.
        as_written = contains_link(written) and any(one.get(path) == written for one in spelled)
        if not (as_composed or as_written or path in unknown):
            made[path] = (*made.get(path, ()), Write(document.origin((*mount, *path)), written))
    for path in [path for path in composed if path not in real]:
        gone = Write(document.origin((*mount, *path)), removed=True)
        made[path] = (*made.get(path, ()), gone)
    around = {at: (Write(document.origin(at), value),) for at, value in flat(beside).items() if at}
    return Explained(scope, made, around, report, command, shelf, judge, refused, source)


def _written(tree: Mapping[str, Any], path: KeyPath) -> Any:
    """What a file has at a key, or the link that brings it."""
    node: Any = tree
    for key in path:
        if contains_link(node):
            return node
        node = node[key]
    return node


def edited(subject: Explained) -> list[tuple[KeyPath, History]]:
    """The keys of a file that are no longer what its first line's command gives, with theirs.

    Of a list whose items changed these are told, not the list.
    """
    if subject.command is None:
        return []
    found = [path for path, made in subject.made.items() if is_edit(made[-1])]
    lists = {path[:-1] for path in found if isinstance(path[-1], int)}
    return [(path, subject.made[path]) for path in found if path not in lists]
