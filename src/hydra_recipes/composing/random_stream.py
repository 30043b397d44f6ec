"""Random stream: numbers that are the same for a seed on every machine and Python."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")

WORD = 64
"""How many bits each number of the stream has."""


def draw(total: int, size: int, seed: int) -> set[int]:
    """Return ``size`` different numbers below ``total``; every such set is equally likely.

    Only ``size`` numbers are drawn, however large ``total`` is (Floyd's algorithm).
    """
    source = numbers(seed)
    drawn: set[int] = set()
    for top in range(total - size, total):
        # A number that was drawn before stands for ``top``, which couldn't be drawn until now.
        number = _below(top + 1, source)
        drawn.add(top if number in drawn else number)
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
