"""Saving an imported recipe as a preset of a library.

A preset can choose options, drop groups and set keys, but can't delete a key: to get rid of one, it
has to drop the group that brings it. Before anything is written, the preset is composed from a copy
and has to give the recipe with all its values, types and links.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.findings.errors import OutputError, RecipeError
from hydra_recipes.findings.messages.files import FileExists
from hydra_recipes.findings.messages.importing import (
    LeftOutUnknown,
    PresetCannotDelete,
    PresetNotExact,
    PresetUnknown,
)
from hydra_recipes.importing.changes import changes_to_goal, fewest
from hydra_recipes.importing.comments import Comments, comments_in, with_comments
from hydra_recipes.importing.goal import composed
from hydra_recipes.importing.imported import Imported
from hydra_recipes.importing.search import Aims, Search, Trial, group_of
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import PRESETS, Libraries, Library
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.literals import primitive, scalar, spell_choice
from hydra_recipes.origin import dotted
from hydra_recipes.override import Override
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.offers import offered_groups
from hydra_recipes.text import one_line
from hydra_recipes.tree import MOUNT, in_order, leaves, mounted, walk
from hydra_recipes.writing import make_directory, write_whole

_NEVER = 1_000
"""The cost of deleting a key, which a preset can't: more than any other way."""


def is_preset_name(name: str) -> bool:
    """Return whether a name may be a preset's: ASCII letters, digits, ``_``, ``-``, and ``/``.

    A name that Hydra reads as a number, true, false or null in ``+preset=NAME`` may not.
    """
    whole = re.fullmatch(r"[\w-]+(/[\w-]+)*", name, re.ASCII) is not None
    return whole and isinstance(primitive(name), str)


def preset_name(file: Path) -> str:
    """Return a preset's name made from a file's path: no suffix, other characters as ``_``."""
    parts = file.with_suffix("").parts
    return "/".join(re.sub(r"[^\w-]+", "_", part, flags=re.ASCII) for part in parts)


def preset_file(library: Path, name: str) -> Path:
    """Return the path of a library's preset."""
    return library / PRESETS / f"{name}.yaml"


def preset_text(imported: Imported, name: str) -> str:
    """Return the text of the preset that composes an imported recipe.

    Args:
        imported: The recipe.
        name: The name that the preset will have.

    Raises:
        OutputError: If no preset composes it.
    """
    left_out = tuple(
        entry.key for entry in imported.unexpressed if isinstance(entry, LeftOutUnknown)
    )
    if left_out:
        raise OutputError(PresetUnknown(name=name, keys=left_out))
    trial = _search(imported)
    changes = fewest(trial.tree, trial.beside, imported.goal, trial.changes)
    deleted = tuple(dotted(change.path) for change in changes if change.kind == "delete")
    if deleted:
        raise OutputError(PresetCannotDelete(keys=deleted))
    # In a plain Hydra app ``???`` sets nothing: the value from before the preset would stay.
    is_open = any(value == UNSET for change in changes for _, value in leaves(change.value))
    texts = () if is_open else _written(imported, trial.groups, changes)
    exact = (text for text in texts if _composes(imported, name, text))
    text = next(exact, None)
    if text is None:
        keys = tuple(dotted(change.path) for change in changes)
        raise OutputError(PresetNotExact(keys=keys))
    return text


def save_presets(texts: Mapping[Path, str], *, force: bool) -> None:
    """Write presets, all or none.

    Args:
        texts: The text of each file.
        force: Whether to replace files that exist.

    Raises:
        OutputError: If a file exists and ``force`` is off, or one can't be written.
    """
    taken = check_free(texts, force=force)
    written: list[Path] = []
    try:
        for path, text in texts.items():
            make_directory(path.parent)
            write_whole(path, text, force=force)
            written.append(path)
    except OutputError:
        for path in set(written) - set(taken):
            path.unlink(missing_ok=True)
        raise


def check_free(files: Iterable[Path], *, force: bool) -> list[Path]:
    """Return the files that exist.

    Raises:
        OutputError: If there are any and ``force`` is off.
    """
    taken = [path for path in files if path.exists()]
    if taken and not force:
        raise OutputError(FileExists(file=str(taken[0])))
    return taken


def _search(imported: Imported) -> Trial:
    """Return the choices that leave a preset the least to say, and nothing to delete if it can."""
    book = rule_book(imported.libraries)
    groups = read_overrides(imported.overrides, imported.libraries).groups
    said = tuple(group.text for group in groups if group.key != PRESETS)
    left_alone = {*offered_groups(book)}
    parts = frozenset(
        group for group in default_choices(imported.libraries) if group not in left_alone
    )
    aims = Aims(said, _NEVER, frozenset([PRESETS]), parts)
    search = Search(imported.goal, imported.libraries, book, aims)
    trial = search.best([imported.recipe.choices])
    assert trial is not None, "the choices have been composed before"
    return search.with_fewer_parts(trial) if trial.keys >= _NEVER else trial


def _written(imported: Imported, groups: Iterable[str], changes: Iterable[Change]) -> Iterable[str]:
    """Yield the preset's text with the file's comments, then without, in case they change it."""
    document = imported.document
    comments = comments_in(document)
    under_mount = mounted(document.tree)[0] is not document.tree
    about = comments.top or (one_line(f"Imported from {Path(document.file).name}."),)
    head = "".join(f"# {line}".rstrip() + "\n" for line in ("@package _global_", *about))
    recipe: dict[str, Any] = {}
    for change in changes:
        node = recipe
        for key in change.path[:-1]:
            node = node.setdefault(str(key), {})
        apply(node, replace(change, path=change.path[-1:]))
    head += _defaults(groups)
    body = {MOUNT: in_order(recipe, walk(imported.goal.written))} if recipe else {}
    for used in (comments, Comments()):
        yield head + with_comments(body, used, () if under_mount else (MOUNT,))


def _defaults(groups: Iterable[str]) -> str:
    """Return, as YAML text, the defaults list that chooses what overrides of groups choose."""
    added: list[str] = []
    changed: list[str] = []
    for text in groups:
        override = Override.read(text)
        option = None if override.sign == "~" else override.option
        if override.sign == "+":
            added.append(f"/{group_of(text)}: {scalar(option)}")
        else:
            changed.append(f"override /{group_of(text)}: {scalar(option)}")
    lines = [f"  - {entry}\n" for entry in (*added, "_self_", *changed)]
    return "".join(["defaults:\n", *lines]) if added or changed else ""


def _composes(imported: Imported, name: str, text: str) -> bool:
    """Return whether a preset's text composes exactly the goal, tried in a temporary library."""
    with tempfile.TemporaryDirectory() as directory:
        path = preset_file(Path(directory), name)
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        libraries = Libraries(
            (Library("imported", Path(directory)), *imported.libraries.members),
            imported.libraries.primary,
        )
        texts = (spell_choice(PRESETS, name, "+"),)
        try:
            recipe = compose_request(read_overrides(texts, libraries), texts, libraries)
        except RecipeError:
            return False
        scope = recipe.scope
        now = composed(scope.recipe, scope.beside, links=bool(imported.goal.links))
        return not any(True for _ in changes_to_goal(now, imported.goal))
