"""Losses: what a change takes from what somebody wrote.

``--fix`` makes the changes without a loss: a key gets its right name, a number goes to the nearest
allowed one, a text keeps its letters. Any other change is only suggested; its loss says why.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules.keywords import json_equal
from hydra_recipes.text import spell
from hydra_recipes.tree import ABSENT, canonical, lookup, within

if TYPE_CHECKING:
    from hydra_recipes.repair.candidate import Candidate

Loss = Literal["choice", "removes", "replaces", "fills", "renames", "guesses", "elsewhere", "twice"]
"""Why ``--fix`` doesn't make a change:

- ``choice``: a choice, such as the hardware, is for the person to make.
- ``removes``: a value would be deleted.
- ``replaces``: something else, or a value instead of a link, would stand where a value was written.
- ``fills``: a missing value depends on the data, or on what else was meant.
- ``renames``: a key gets its right name, but its value isn't allowed there.
- ``guesses``: several values would do as well, or the other name is only a little similar.
- ``elsewhere``: a value that is right would change.
- ``twice``: the key is written twice, with different values.
"""

_ALIKE, _LONG = 0.85, 8
"""A text this similar to another of at least so many letters is that one, misspelled."""


def loss_of(
    changes: Collection[Change],
    choices: Collection[str],
    finding: Finding,
    candidate: Candidate,
) -> Loss | None:
    """Return what changes made for a finding lose, or None if they keep all that was written."""
    if choices:
        return "choice"
    moved = [canonical(change.value) for change in changes if change.kind != "delete"]
    deletes = any(change.kind == "delete" for change in changes)
    for change in changes:
        if within(change.path, candidate.doubtful):
            return "twice"
        if change.kind == "delete":
            value = lookup(candidate.tree, change.path)
            if value is not ABSENT and canonical(value) not in moved:
                return "removes"
        elif not deletes and (loss := _loss_of_value(change, finding, candidate)):
            return loss
    return None


def _loss_of_value(change: Change, finding: Finding, candidate: Candidate) -> Loss | None:
    """Return what setting a key loses, or None."""
    old = lookup(candidate.tree, change.path)
    if old is ABSENT or old is None:
        return "fills"
    if not (_is_about(finding, change.path) and _was_wrong(change.path, candidate)):
        return "elsewhere"
    if contains_link(old) and not contains_link(change.value):
        return "replaces"
    if isinstance(old, str) and _is_right_elsewhere(old, change.path, candidate):
        return "choice"
    renamed = any(
        earlier.kind == "add" and earlier.path == change.path for earlier in candidate.changes
    )
    if renamed and not _is_same(old, change.value):
        return "renames"
    meant = finding.detail.meant if isinstance(finding.detail, WrongType) else None
    as_typed = change.value is not None and json_equal(change.value, meant)
    return None if as_typed or keeps(old, change.value) else "replaces"


def _is_right_elsewhere(text: str, path: KeyPath, candidate: Candidate) -> bool:
    """Return whether other choices name a text as a value of the key: perhaps those were meant."""
    kinds = candidate.book.kinds(candidate.report.choices)
    other_limits = (limit for limit in candidate.book.limits if not limit.when.matches(kinds))
    schemas_by_key = ((key, schema) for limit in other_limits for key, schema in limit.keys)
    return any(
        _ends_in(path, key.split(".")) and text in _names(schema) for key, schema in schemas_by_key
    )


def _names(schema: Any) -> Iterator[Any]:
    """Yield the values that a schema lists in ``enum``, ``const`` and ``anyOf``."""
    if isinstance(schema, Mapping):
        yield from schema.get("enum", ())
        if "const" in schema:
            yield schema["const"]
        for alternative in schema.get("anyOf", ()):
            yield from _names(alternative)


def _is_about(finding: Finding, path: KeyPath) -> bool:
    """Return whether a finding is about a key or one that holds it."""
    return any(dotted(path[:length]) == finding.key for length in range(1, len(path) + 1))


def _was_wrong(path: KeyPath, candidate: Candidate) -> bool:
    """Return whether a key, or one that holds it, had an error at first or was changed since."""
    above = [path[:length] for length in range(1, len(path) + 1)]
    return not candidate.wrong.isdisjoint(map(dotted, above)) or any(
        change.path in above for change in candidate.changes
    )


def keeps(old: Any, new: Any) -> bool:
    """Return whether a new value is recognisably the old: another type, spelling, or near enough.

    A number may go to another of its sign, as the nearest allowed one is tried first. A negative or
    infinite number often stands for something else, such as "no limit", and isn't replaced.
    """
    pair = (old, new)
    if all(isinstance(value, list) for value in pair):
        same_length = len(old) == len(new)
        return same_length and all(
            json_equal(*items) or keeps(*items) for items in zip(*pair, strict=True)
        )
    if any(isinstance(value, bool) for value in pair):
        return str(old).lower() == str(new).lower()
    if all(isinstance(value, int | float) for value in pair):
        infinite = isinstance(old, float) and not math.isfinite(old)
        return not infinite and bool(old == new or (old >= 0 and new >= 0))
    if all(map(_is_text, pair)):
        return _is_respelled(old, new)
    return any(map(_is_text, pair)) and _is_number(*sorted(pair, key=_is_text))


def _is_same(old: Any, new: Any) -> bool:
    """Return whether two values are equal or the same number in another type: 3 and ``"3"``."""
    try:
        return json_equal(old, new) or float(old) == float(new)
    except (TypeError, ValueError, OverflowError):
        return False


def _is_respelled(old: str, new: str) -> bool:
    """Return whether a text is the other, misspelled; an address only becomes an address."""
    old_letters, new_letters = _plain(old), _plain(new)
    if old_letters == new_letters:
        return True
    similarity = difflib.SequenceMatcher(None, old_letters, new_letters, autojunk=False).ratio()
    return similarity >= _ALIKE and len(new_letters) >= _LONG and ("://" not in old or "://" in new)


def _ends_in(path: KeyPath, short: Sequence[str]) -> bool:
    """Return whether a key path ends in a short key."""
    return list(path[-len(short) :]) == list(short)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(number: Any, text: str) -> bool:
    """Return whether a text spells a number, in this or another way."""
    try:
        return spell(number) == text or float(text) == number
    except ValueError:
        return False


def _plain(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return "".join(character for character in text.lower() if character.isalnum())
