"""Conflict: a smallest set of limits, rules or errors that can't hold or be mended together.

Take ``lr <= 0.1``, ``lr >= 0.2`` and ``steps <= 10``. Each alone leaves a value, as do the first
and the third; the first two leave none, so they are the conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, islice
from typing import TypeVar

_Member = TypeVar("_Member")


def smallest_conflict(
    members: Sequence[_Member],
    conflicts: Callable[[tuple[_Member, ...]], bool],
    largest: int,
    tried: int | None = None,
) -> tuple[_Member, ...] | None:
    """Return the first of the smallest sets of members that conflict.

    Args:
        members: What may be in the set, the likeliest first.
        conflicts: Returns whether a set conflicts.
        largest: The size of the largest set that is tried.
        tried: The number of sets of one size that are tried; None for all.

    Returns:
        The set, in the order of the members; None if no set tried conflicts.
    """
    subsets = (islice(combinations(members, size), tried) for size in range(1, largest + 1))
    return next((subset for of_size in subsets for subset in of_size if conflicts(subset)), None)
