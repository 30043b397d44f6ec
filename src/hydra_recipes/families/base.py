"""Building blocks of every family's model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

UNSET_DEFAULT: Any = None
"""The default of a key that may be left out. A null in a recipe is checked like any other value."""


class Section(BaseModel):
    """A mapping of a recipe, in which unknown keys are forbidden and no value is coerced.

    The order of the fields is the order of the keys in an emitted recipe. Where a section has
    several bases, the keys of the last named come first, then those of the one before it.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        protected_namespaces=(),
        defer_build=True,  # only the whole recipe's validator is ever used
    )


def key(about: str) -> Any:
    """Return the field of a key that a recipe must have; ``about`` is its meaning."""
    return Field(description=about)


def optional(about: str) -> Any:
    """Return the field of a key that a recipe may leave out; ``about`` is its meaning."""
    return Field(default=UNSET_DEFAULT, description=about)
