"""What is raised when a request can't be understood.

One exception root. An error carries data, never prose: ``kind`` says which message it is, ``data``
fills it in, and ``messages/`` turns both into text, as it does for findings.
"""

from __future__ import annotations

from typing import Any

from hydra_recipes.origin import FileOrigin, Origin


class RecipeError(Exception):
    """A request that can't be carried out: an unknown key, an unreadable file, a broken library.

    A recipe that is merely invalid raises nothing: it has findings.

    Attributes:
        kind: Which message this is, a key of a ``MESSAGES`` in ``messages/``.
        origin: Where the trouble stands, if it stands in a file or an override.
        data: What the message tells; plain values by name.
    """

    def __init__(self, kind: str, origin: Origin | None = None, **data: Any) -> None:
        super().__init__(kind, data)
        self.kind = kind
        self.origin = origin
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:  # an error of a process goes to the one that asked
        return _again, (type(self), self.kind, self.origin, self.data)

    def __str__(self) -> str:
        from hydra_recipes.findings.messages.registry import message_of

        text = message_of(self.kind, self.data)
        message = text.message if text.hint is None else f"{text.message} ({text.hint})"
        if isinstance(self.origin, FileOrigin) and self.origin.file not in message:
            return f"{self.origin.file}:{self.origin.line}: {message}"
        return message


def _again(
    error: type[RecipeError], kind: str, origin: Origin | None, data: dict[str, Any]
) -> RecipeError:
    return error(kind, origin, **data)


class OverrideError(RecipeError):
    """An override that can't be parsed, or names something that isn't there."""


class DocumentError(RecipeError):
    """A file that can't be read as a recipe."""


class LibraryError(RecipeError):
    """A library that is broken: an option or rules file that can't be used."""


class LinkError(RecipeError):
    """A link that can't be resolved: a cycle, a missing target, an unknown resolver."""


class OutputError(RecipeError):
    """A file that can't be written where it was asked for."""
