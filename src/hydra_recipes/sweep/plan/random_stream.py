"""A stream of random numbers that is the same for a seed on every machine and Python."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator

WORD = 64


def draw(total: int, size: int, seed: int) -> set[int]:
    """``size`` different numbers below ``total``, each set of them as likely (Floyd's method)."""
    source = numbers(seed)
    drawn: set[int] = set()
    for top in range(total - size, total):
        number = _below(top + 1, source)
        drawn.add(top if number in drawn else number)
    return drawn


def numbers(seed: int) -> Iterator[int]:
    """Numbers of ``WORD`` bits from a hash: the same everywhere, unlike a library's generator."""
    counter = 0
    while True:
        text = f"hydra-recipes {seed} {counter}".encode()
        yield int.from_bytes(hashlib.blake2b(text, digest_size=WORD // 8).digest(), "big")
        counter += 1


def _below(bound: int, source: Iterator[int]) -> int:
    words = -(-bound.bit_length() // WORD)
    whole = 1 << WORD * words
    limit = whole - whole % bound
    while True:
        number = 0
        for word in itertools.islice(source, words):
            number = number << WORD | word
        if number < limit:
            return number % bound
