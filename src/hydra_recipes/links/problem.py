"""The exception for a link that has no value, with the chain of links that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra_recipes.origin import KeyPath

_SHOWN = 200
"""How many characters of a link's text are kept."""


@dataclass(frozen=True)
class Hop:
    """One step in a chain of links: a key, and the text with the link that stands there."""

    path: KeyPath
    text: str


class LinkProblem(Exception):  # noqa: N818 - it becomes a finding more often than an error
    """Raised for a link that has no value.

    Attributes:
        kind: ``link-cycle``, ``link-missing``, ``link-unset``, ``link-syntax``, ``link-failed``,
            ``link-resolver`` or ``link-environment``.
        hops: The chain of links that was followed, starting at the key that was asked for. Texts
            are cut to 200 characters.
        data: The values that the message shows.
    """

    def __init__(self, kind: str, hops: tuple[Hop, ...], **data: Any) -> None:
        super().__init__(kind, hops, data)
        self.kind = kind
        self.hops = tuple(Hop(hop.path, hop.text[:_SHOWN]) for hop in hops)
        self.data = data
