"""Shape of a lock's file, in TOML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hydra_recipes.library.shape import Shape


class LockedShape(Shape):
    """A table ``[[library]]``."""

    name: str
    version: str | None = None
    source: Annotated[
        dict[Literal["package", "directory"], str],
        Field(min_length=1, max_length=1, description="a package or a directory"),
    ]
    files: dict[str, str] = {}


class LockShape(Shape):
    """A lock's file."""

    format: int = Field(ge=1)
    library: list[LockedShape] = Field(min_length=1, description="one library or more")
