"""Random stream: numbers that are the same for a seed on every machine and Python."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")

WORD = 64
"""How many bits each number of the stream has."""


def draw(total: int, size: int, seed: int) -> list[int]:
    """Return ``size`` different numbers below ``total``, the first ones of a shuffled row of all.

    Every such list is equally likely, and the beginning of each longer one by the same seed. Only
    ``size`` numbers are drawn, however large ``total`` is.
    """
    source = numbers(seed)
    moved: dict[int, int] = {}  # the places of the row that don't hold their own number any more
    drawn = []
    for place in range(size):
        other = place + _below(total - place, source)
        drawn.append(moved.get(other, other))
        moved[other] = moved.pop(place, place)
    return drawn


def shuffled(items: Iterable[_Item], seed: int) -> list[_Item]:
    """Return the items in an order that the seed decides; every order is equally likely."""
    shuffled = list(items)
    source = numbers(seed)
    for last in range(len(shuffled) - 1, 0, -1):
        other = _below(last + 1, source)
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled


def numbers(seed: int) -> Iterator[int]:
    """Yield numbers of ``WORD`` bits without end; a hash gives the same ones everywhere."""
    counter = 0
    while True:
        text = f"hydra-recipes {seed} {counter}".encode()
        yield int.from_bytes(hashlib.blake2b(text, digest_size=WORD // 8).digest(), "big")
        counter += 1


def _below(bound: int, source: Iterator[int]) -> int:
    """Return a number below ``bound``, each equally likely, from as many words as that takes."""
    words = -(-bound.bit_length() // WORD)
    whole = 1 << WORD * words
    limit = whole - whole % bound  # from here on, numbers would make low remainders likelier
    while True:
        number = 0
        for word in itertools.islice(source, words):
            number = number << WORD | word
        if number < limit:
            return number % bound
