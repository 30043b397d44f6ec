"""The exception for a link that has no value, with the chain of links that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from hydra_recipes.findings.messages.links import AboutLink
from hydra_recipes.origin import KeyPath, dotted

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
        detail: What is wrong with it.
        hops: The chain of links that was followed, starting at the key that was asked for. Texts
            are cut to 200 characters.
    """

    def __init__(self, detail: AboutLink, hops: tuple[Hop, ...]) -> None:
        super().__init__(detail, hops)
        self.hops = tuple(Hop(hop.path, hop.text[:_SHOWN]) for hop in hops)
        self.detail = detail

    def at(self, path: KeyPath) -> AboutLink:
        """Return what is wrong with the link at a key, with the chain of links from there."""
        hops = [(dotted(hop.path), hop.text) for hop in self.hops]
        return self.detail.but(key=dotted(path), hops=hops)
