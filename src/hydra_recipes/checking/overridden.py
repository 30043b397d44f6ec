"""A recipe file with overrides on top: what ``recipe check my.yaml lr=2e-5`` checks.

The overrides change what was read, not the file. Everything else keeps its line, so findings still
say where in the file a value stands; a value that was set has the override as its origin.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from hydra_recipes.checking.recognition import recognise
from hydra_recipes.composing.compose import key_finder, refuse
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.documents.document import Document, mount_of, recipe_in
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.overrides import NotItsValue
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.links.resolver import Scope
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.tree import MOUNT, key_path, merged, value_at, within


def with_overrides(
    document: Document,
    overrides: Iterable[ParsedOverride],
    hints: Mapping[str, str],
    libraries: Libraries,
) -> Document:
    """Return a document with the values that overrides of keys set, add or delete.

    Args:
        document: The file.
        overrides: The overrides, in the order in which they are made.
        hints: The choices known beside the file, group to option.
        libraries: The libraries in force.

    Raises:
        DocumentError: If the file holds no mapping.
        OverrideError: If an override can't be made in this file.
    """
    recipe, beside = recipe_in(document)
    mount = mount_of(document)
    resolved, _ = Scope(expand_shell_links(recipe), beside).resolve()
    recognised = recognise(rule_book(libraries), resolved, hints, default_choices(libraries))
    tree = copy.deepcopy(document.tree)
    set_by = dict(document.set_by)
    for override in overrides:
        recipe = value_at(tree, mount)
        whole = {**(tree if mount else {}), MOUNT: recipe}
        placed = key_finder(whole, recognised.candidates[0], libraries).place(override)
        path = key_path(placed.key, whole)
        _set(whole, path, placed)
        set_by[path if mount or path[0] != MOUNT else path[1:]] = override.origin
    return document._replace(
        tree=tree,
        set_by=set_by,
        unclear=_without(document.unclear, set_by),
        plain=_without(document.plain, set_by),
    )


def _set(tree: dict[str, Any], path: KeyPath, override: ParsedOverride) -> None:
    """Make an override in a tree, as Hydra makes it in what it composed.

    Raises:
        OverrideError: If the value doesn't fit there, or isn't the one to delete.
    """
    *parents, last = path
    parent: Any = tree
    for key in parents:
        parent = parent.setdefault(key, {}) if isinstance(parent, dict) else parent[int(key)]
    if not isinstance(parent, dict | list):
        refuse(override, "its section is a single value")
    value = override.value
    if override.kind == "delete":
        if value is not None and value != parent[last]:
            detail = NotItsValue(override=override.text, key=override.key)
            raise OverrideError(detail, override.origin)
        del parent[last]
    elif override.kind == "extend":
        if not isinstance(parent.get(last), list):
            refuse(override, "it is no list")
        parent[last] += value
    elif isinstance(value, dict) and isinstance(parent, dict) and override.kind != "force-add":
        parent[last] = merged(parent.get(last), value)
    else:
        parent[last] = value


def _without(texts: Mapping[KeyPath, str], paths: Iterable[KeyPath]) -> dict[KeyPath, str]:
    """Return what was typed for values that no override set."""
    kept = frozenset(paths)
    return {path: text for path, text in texts.items() if not within(path, kept)}
