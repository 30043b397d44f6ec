"""Links that lead to old keys, rewritten to lead to the keys of today.

If ``run.lr`` is called ``training.lr`` now, ``${run.lr}`` becomes ``${training.lr}``. A relative
link, such as ``${..run.lr}``, counts levels from its own key, so it is also rewritten where that
key has moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from hydra_recipes.library.entries import settings_in
from hydra_recipes.library.moves import Moves
from hydra_recipes.links.grammar import LinkSyntaxError, contains_link, parse
from hydra_recipes.links.resolver import Target
from hydra_recipes.links.rewriting import spell
from hydra_recipes.links.syntax import Call, Parts, Reference, plain_arguments
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT, leaves, scalars


def moved_links(tree: Any, package: KeyPath, moves: Moves) -> Iterator[tuple[KeyPath, str, str]]:
    """Yield the texts of a file whose links lead to old keys.

    Args:
        tree: The content of the file.
        package: The key that the file's content goes to.
        moves: The old names.

    Yields:
        The key path of each text in the file, the text, and what to write now.
    """
    for path, text in scalars(tree) if moves.keys else ():
        now = _text_now(text, (*package, *path), moves) if contains_link(text) else text
        if now != text:
            yield path, text, now


def _tree_now(node: Any, path: KeyPath, moves: Moves) -> Any:
    """Return what stands at a key, with links that lead to the keys of today."""
    if isinstance(node, dict):
        return {key: _tree_now(item, (*path, key), moves) for key, item in node.items()}
    if isinstance(node, list):
        return [_tree_now(item, (*path, position), moves) for position, item in enumerate(node)]
    return _text_now(node, path, moves) if contains_link(node) else node


def leaves_now(
    tree: Mapping[Any, Any], package: KeyPath, moves: Moves
) -> Iterator[tuple[KeyPath, KeyPath, Any]]:
    """Yield each value that a config sets: its path in the file, its whole key, and the value.

    Keys and links have the names of today, as ``read_option_file`` gives them to Hydra.
    """
    for path, value in leaves(settings_in(tree)):
        whole_path = (*package, *path)
        if moves:
            yield path, moves.below(whole_path), _tree_now(value, whole_path, moves)
        else:
            yield path, whole_path, value


def _text_now(text: str, path: KeyPath, moves: Moves) -> str:
    """Return the text at a whole key, with links that lead to the keys of today."""
    try:
        parts = parse(text)
    except LinkSyntaxError:
        return text  # resolving it reports the error
    edits = [
        (reference.start, reference.stop, link)
        for reference in _references(parts)
        if (link := _now(reference, path, moves)) is not None
    ]
    for start, stop, link in sorted(edits, reverse=True):
        text = text[:start] + link + text[stop:]
    return text


def _now(link: Reference, path: KeyPath, moves: Moves) -> str | None:
    """Return a link as it is written now; None if it stays, or its key holds a link or a ``[``."""
    key = "".join(part for part in link.key if isinstance(part, str))
    if any(not isinstance(part, str) for part in link.key) or "[" in key:
        return None
    dots = len(key) - len(key.lstrip("."))
    relative = (*path[: len(path) - dots], *key.lstrip(".").split("."))
    old = relative if dots else tuple(key.split("."))
    new, here = moves.below(old), moves.below(path)
    if new == old and (here == path or not dots):
        return None
    if not dots or new[0] != MOUNT or here[0] != MOUNT:
        return f"${{{'.'.join(map(str, new))}}}"
    return f"${{{spell(Target(new[1:], inside=True), here[1:], 'relative')}}}"


def _references(parts: Parts) -> Iterator[Reference]:
    """Yield the outermost links of a parsed text, those in calls of resolvers included."""
    for part in parts:
        if isinstance(part, Reference):
            yield part
        elif isinstance(part, Call):
            for argument in chain.from_iterable(map(plain_arguments, part.arguments)):
                yield from _references(argument.parts)
