"""Losses: what a change takes from what somebody wrote.

A change that keeps it is made by ``--fix``: a key gets its right name, a number goes to the nearest
that is allowed, a text keeps its letters. All else is a suggestion, and the loss says why.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.finding import Finding
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules.keywords import equal
from hydra_recipes.text import spell
from hydra_recipes.tree import ABSENT, canonical, lookup, within

if TYPE_CHECKING:
    from hydra_recipes.repair.candidate import Candidate

Loss = Literal["choice", "removes", "replaces", "fills", "renames", "guesses", "elsewhere", "twice"]
"""What would be lost:

- ``choice``: a choice, such as the hardware, is the person's.
- ``removes``: a value would go.
- ``replaces``: other text, or a value in place of a link, would stand where something was written.
- ``fills``: what is missing depends on data or on what else was meant.
- ``renames``: a value that isn't allowed under its right name is the person's to change.
- ``guesses``: several values would do as well, or another name is only a little like it.
- ``elsewhere``: a value that is right would change.
- ``twice``: the key is written twice, with two values.
"""

_ALIKE, _LONG = 0.85, 8
"""Texts of so many letters that are as similar as this are the same one, misspelled."""


def loss_of(
    changes: Collection[Change],
    choices: Collection[str],
    finding: Finding,
    candidate: Candidate,
) -> Loss | None:
    """Return what some changes that mend a finding would lose, or None if they keep all."""
    if choices:
        return "choice"
    moved = [canonical(one.value) for one in changes if one.kind != "delete"]
    gone = [one for one in changes if one.kind == "delete"]
    for change in changes:
        if within(change.path, candidate.doubtful):
            return "twice"
        if change.kind == "delete":
            value = lookup(candidate.tree, change.path)
            if value is not ABSENT and canonical(value) not in moved:
                return "removes"
        elif not gone and (loss := _loss_of_value(change, finding, candidate)):
            return loss
    return None


def _loss_of_value(change: Change, finding: Finding, candidate: Candidate) -> Loss | None:
    old = lookup(candidate.tree, change.path)
    if old is ABSENT or old is None:
        return "fills"
    if not (_is_about(finding, change.path) and _was_wrong(change.path, candidate)):
        return "elsewhere"
    if contains_link(old) and not contains_link(change.value):
        return "replaces"
    if isinstance(old, str) and _is_right_elsewhere(old, change.path, candidate):
        return "choice"
    renamed = any(one.kind == "add" and one.path == change.path for one in candidate.changes)
    if renamed and not _is_same(old, change.value):
        return "renames"
    as_typed = change.value is not None and equal(change.value, finding.data.get("meant"))
    return None if as_typed or keeps(old, change.value) else "replaces"


def _is_right_elsewhere(text: str, path: KeyPath, candidate: Candidate) -> bool:
    """Whether a text is right under other choices, so that these may be what was meant."""
    kinds = candidate.book.kinds(candidate.report.choices)
    others = (limit for limit in candidate.book.limits if not limit.when.matches(kinds))
    named = ((key, schema) for limit in others for key, schema in limit.keys)
    return any(_ends_in(path, key.split(".")) and text in _names(schema) for key, schema in named)


def _names(schema: Any) -> Iterator[Any]:
    """The values that a limit names."""
    if isinstance(schema, Mapping):
        yield from schema.get("enum", ())
        yield from (schema["const"] for _ in range("const" in schema))
        for one in schema.get("anyOf", ()):
            yield from _names(one)


def _is_about(finding: Finding, path: KeyPath) -> bool:
    return any(dotted(path[:length]) == finding.key for length in range(1, len(path) + 1))


def _was_wrong(path: KeyPath, candidate: Candidate) -> bool:
    """Whether something was wrong with a key before any change, or a change has made it."""
    above = [path[:length] for length in range(1, len(path) + 1)]
    return not candidate.wrong.isdisjoint(map(dotted, above)) or any(
        change.path in above for change in candidate.changes
    )


def keeps(old: Any, new: Any) -> bool:
    """Whether a value stays recognisable: the same in another type, spelling, or near enough.

    A number may go to another of its sign, since the nearest that is allowed is tried first; one
    below zero often stands for something else than a number, and so does what isn't finite.
    """
    pair = (old, new)
    if all(isinstance(one, list) for one in pair):
        same = len(old) == len(new)
        return same and all(equal(*items) or keeps(*items) for items in zip(*pair, strict=True))
    if any(isinstance(one, bool) for one in pair):
        return str(old).lower() == str(new).lower()
    if all(isinstance(one, int | float) for one in pair):
        endless = isinstance(old, float) and not math.isfinite(old)
        return not endless and bool(old == new or (old >= 0 and new >= 0))
    if all(isinstance(one, str) for one in pair):
        return _is_respelled(old, new)
    return any(isinstance(one, str) for one in pair) and _is_number(*sorted(pair, key=_is_text))


def _is_same(old: Any, new: Any) -> bool:
    """Whether a value is another in another type: 3 for ``"3"``."""
    try:
        return equal(old, new) or float(old) == float(new)
    except (TypeError, ValueError, OverflowError):
        return False


def _is_respelled(old: str, new: str) -> bool:
    """Whether a text is another, misspelled; what names a place isn't replaced by what doesn't."""
    there, now = _plain(old), _plain(new)
    if there == now:
        return True
    alike = difflib.SequenceMatcher(None, there, now, autojunk=False).ratio()
    return alike >= _ALIKE and len(now) >= _LONG and ("://" not in old or "://" in new)


def _ends_in(path: KeyPath, short: Sequence[str]) -> bool:
    """Whether a short key may stand for a whole one."""
    return list(path[-len(short) :]) == list(short)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(number: Any, text: str) -> bool:
    """Whether a text says a number, in this or another spelling."""
    try:
        return spell(number) == text or float(text) == number
    except ValueError:
        return False


def _plain(text: str) -> str:
    return "".join(one for one in text.lower() if one.isalnum())
