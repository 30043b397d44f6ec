"""Shape of the table ``[tool.hydra-recipes]`` in a ``pyproject.toml``."""

from __future__ import annotations

from pydantic import Field

from hydra_recipes.library.shape import Shape


class ProjectTable(Shape):
    """The table; its libraries are directories and packages."""

    libraries: list[str] = Field(default=[], description="a list of texts")
