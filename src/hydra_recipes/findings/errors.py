"""Errors: raised when a request can't be understood or carried out.

All derive from one class. An error carries data, not prose: ``kind`` names its message, ``data``
fills it in, and ``messages/`` turns both into text, as it does for findings.
"""

from __future__ import annotations

from typing import Any

from hydra_recipes.origin import FileOrigin, Origin


class RecipeError(Exception):
    """A request that can't be carried out: an unknown key, an unreadable file, a broken library.

    A recipe that is merely invalid raises nothing: it has findings.

    Attributes:
        kind: Which message it has: a key of a ``MESSAGES`` in ``messages/``.
        origin: The place of the mistake, if it is in a file or an override.
        data: The values in the message, by name.
    """

    def __init__(self, kind: str, origin: Origin | None = None, **data: Any) -> None:
        super().__init__(kind, data)
        self.kind = kind
        self.origin = origin
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:  # so that it can be sent between processes
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
    """Return an error made anew from its parts, for unpickling."""
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
