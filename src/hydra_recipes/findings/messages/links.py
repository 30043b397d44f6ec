"""Messages about links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra_recipes.findings.messages.base import AboutKey, Text
from hydra_recipes.origin import KeyPath
from hydra_recipes.text import WIDEST, Bare, one_of, perhaps, shown, spell
from hydra_recipes.tree import MOUNT


class AboutLink(AboutKey):
    """A link that has no value.

    Attributes:
        hops: The chain of links that led to the problem: each key, and the text with its link.
    """

    hops: Sequence[tuple[str, str]] = ()

    @property
    def chain(self) -> str:
        """The chain of links, in words."""
        return " -> ".join(f"{key}: {link}" for key, link in self.hops)

    @property
    def a_value(self) -> str:
        """What to type in place of the link."""
        return f"{self.key}=VALUE"


class LinkCycle(AboutLink, kind="link-cycle"):
    """Links that lead back to where they began."""

    def text(self) -> Text:
        return Text(f"the links go in a circle ({self.chain})", self.a_value)


class LinkMissing(AboutLink, kind="link-missing"):
    """A link to a key that isn't there.

    Attributes:
        target: The key, as an absolute link names it.
        nearest: The keys that may be meant.
    """

    target: str
    nearest: Sequence[KeyPath] = ()

    def text(self) -> Text:
        near = [f"${{{'.'.join(map(str, path))}}}" for path in self.nearest]
        return Text(
            f"the link leads to {self.target}, which isn't there ({self.chain})",
            perhaps(near, self.a_value),
        )


class LinkUnset(AboutLink, kind="link-unset"):
    """A link to a value that is still to be filled in.

    Attributes:
        target: The key, as an absolute link names it.
    """

    target: str

    def text(self) -> Text:
        return Text(
            f"the link leads to {self.target}, which is still ??? ({self.chain})",
            f"{self.target.removeprefix(f'{MOUNT}.')}=VALUE",
        )


class LinkSyntax(AboutLink, kind="link-syntax"):
    """Text with ``${`` that is no link.

    Attributes:
        link: The text, as far as it can be no link.
    """

    link: str

    def text(self) -> Text:
        return Text(f"this is not a link: {self.link}", "write \\${ for a plain ${")


class LinkFailed(AboutLink, kind="link-failed"):
    """A link that can't be computed.

    Attributes:
        name: The resolver, or ``the link``.
        reason: Why.
    """

    name: str
    reason: str

    def text(self) -> Text:
        return Text(f"{self.name} has no result: {self.reason} ({self.chain})", self.a_value)


class LinkResolver(AboutLink, kind="link-resolver"):
    """A link that calls a resolver which never runs.

    Attributes:
        name: The resolver.
        known: The resolvers that run.
    """

    name: str
    known: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"the resolver {self.name} is not allowed; allowed: {', '.join(self.known)} "
            f"({self.chain})",
            self.a_value,
        )


class LinkEnvironment(AboutLink, kind="link-environment"):
    """A link to a variable of the environment that may not be read.

    Attributes:
        name: The variable.
    """

    name: str

    def text(self) -> Text:
        return Text(
            f"{self.name} must not be read from the environment without --allow-env {self.name} "
            f"({self.chain})",
            f"--allow-env {self.name}",
        )


class MountedLink(AboutKey, kind="mounted-link"):
    """A link that has a value only where the recipe stands under ``recipes``.

    Attributes:
        relative: The same link in a form that always has one; None if there is none.
        resolved: The link's value.
    """

    relative: str | None
    resolved: Any

    def text(self) -> Text:
        ways = [self.relative] if self.relative else []
        if self.resolved is not None and len(spell(self.resolved)) <= WIDEST:
            ways.append(spell(self.resolved))
        return Text(
            f"{self.key} is {shown(self.value)}, which resolves only under {MOUNT}",
            f"write {one_of([Bare(way) for way in ways])}" if ways else None,
        )
