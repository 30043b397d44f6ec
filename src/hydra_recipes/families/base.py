"""What every family's model is built from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

UNSET_DEFAULT: Any = None
"""Stands for "may be left out"; never a value: a null in a recipe is checked like any other."""


class Section(BaseModel):
    """A mapping of a recipe: unknown keys are forbidden, nothing is coerced, key order is meaning.

    The order of the fields is the order in which an emitted recipe has its keys.
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
    """A key that a recipe of the family must have; ``about`` says what it means."""
    return Field(description=about)


def optional(about: str) -> Any:
    """A key that a recipe of the family may leave out."""
    return Field(default=UNSET_DEFAULT, description=about)
