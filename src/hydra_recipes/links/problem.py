"""What is wrong with a link, and the chain of links that led there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra_recipes.origin import KeyPath

_SHOWN = 200


@dataclass(frozen=True)
class Hop:
    """One step of a chain of links: the key, and the link that stands there."""

    path: KeyPath
    text: str


class LinkProblem(Exception):  # noqa: N818 - it becomes a finding more often than an error
    """A link that has no value.

    Attributes:
        kind: ``link-cycle``, ``link-missing``, ``link-unset``, ``link-syntax``, ``link-failed``,
            ``link-resolver`` or ``link-environment``.
        hops: The chain of links that was followed, from the key that was asked for; long texts
            are cut.
        data: What the message tells.
    """

    def __init__(self, kind: str, hops: tuple[Hop, ...], **data: Any) -> None:
        super().__init__(kind, hops, data)
        self.kind = kind
        self.hops = tuple(Hop(hop.path, hop.text[:_SHOWN]) for hop in hops)
        self.data = data
