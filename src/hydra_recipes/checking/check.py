"""The entry point: all findings about a recipe, in whatever form it is given."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from hydra_recipes.checking.composed import check_composed, check_tree
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import MAX_DEPTH, MAX_NODES
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.messages.files import TooDeep, TooManyDigits, TooManyValues
from hydra_recipes.library.model import Libraries
from hydra_recipes.numbers import MAX_DIGITS, is_too_long
from hydra_recipes.sources.active import Named, using
from hydra_recipes.tree import mounted


def check(
    recipe: Recipe | Mapping[str, Any] | str | os.PathLike[str],
    *,
    libraries: Named = (),
    allow_env: Iterable[str] = (),
) -> Report:
    """Check a recipe.

    Args:
        recipe: A composed recipe; or a plain tree, or the path of a file that holds one, whose
            choices are recognised from what it says.
        libraries: Directories or packages whose rules hold, before those in force anyway. If left
            out, a composed recipe is checked by the libraries that it was composed from.
        allow_env: The environment variables that links of a tree or a file may read.

    Returns:
        All findings, errors first.

    Raises:
        DocumentError: If a file can't be read as a recipe at all.
        TypeError: If ``recipe`` is of another type.
    """
    with using(libraries, allow_env) as in_force:
        return _check_any(recipe, in_force, named=bool(libraries))


def _check_any(recipe: Any, libraries: Libraries, *, named: bool) -> Report:
    """Return the report on a recipe in any form.

    Args:
        recipe: As for ``check``.
        libraries: The libraries in force.
        named: Whether the caller named some; otherwise a composed recipe's own libraries count.
    """
    if isinstance(recipe, Recipe):
        own_libraries = recipe.provenance.libraries
        return check_composed(
            recipe, libraries if named or own_libraries is None else own_libraries
        )
    if isinstance(recipe, str | os.PathLike):
        return check_file(Path(recipe))
    if not isinstance(recipe, Mapping):
        kind = type(recipe).__name__
        raise TypeError(f"a recipe is a Recipe, a mapping or the path of a file, not {kind}")
    if endless := _endless(recipe):
        return Report("recipe", (endless,))
    tree, beside = mounted(dict(recipe))
    return check_tree("recipe", tree, beside, {}, lambda *_: None, (), libraries, foreign=True)


def _endless(tree: Mapping[str, Any]) -> Finding | None:
    """Return the error about a tree that no file could hold, such as one in itself, or None."""
    count = 0
    pending: list[tuple[Any, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        count += 1
        for detail, size in (
            (TooDeep(file="the recipe", limit=MAX_DEPTH), depth),
            (TooManyValues(file="the recipe", limit=MAX_NODES), count),
            (TooManyDigits(file="the recipe", limit=MAX_DIGITS), MAX_DIGITS + is_too_long(node)),
        ):
            if size > detail.limit:
                return Finding("error", detail.kind, detail)
        if isinstance(node, Mapping):
            pending += [(key, depth) for key in node if is_too_long(key)]
        items = node.values() if isinstance(node, Mapping) else node
        if isinstance(items, Collection) and not isinstance(items, str | bytes):
            pending += [(item, depth + 1) for item in items]
    return None
