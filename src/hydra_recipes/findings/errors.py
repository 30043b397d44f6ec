"""Errors: raised when a request can't be understood or carried out.

All derive from one class. An error carries data, not prose: its ``detail`` is of one of the classes
in ``messages/``, which put their fields into words, as they do for findings.
"""

from __future__ import annotations

from typing import Any

from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.origin import FileOrigin, Origin


class RecipeError(Exception):
    """A request that can't be carried out: an unknown key, an unreadable file, a broken library.

    A recipe that is merely invalid raises nothing: it has findings.

    Attributes:
        detail: What is wrong: the kind of the mistake, and its data.
        origin: The place of the mistake, if it is in a file or an override.
    """

    def __init__(self, detail: Detail, origin: Origin | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.origin = origin

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self.detail.kind

    def __reduce__(self) -> tuple[Any, ...]:  # so that it can be sent between processes
        return type(self), (self.detail, self.origin)

    def __str__(self) -> str:
        text = self.detail.line()
        message = text.message if text.hint is None else f"{text.message} ({text.hint})"
        if isinstance(self.origin, FileOrigin) and self.origin.file not in message:
            return f"{self.origin.file}:{self.origin.line}: {message}"
        return message


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
