"""Shape of the file ``sweep.yaml``, in which a directory says what it was asked for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from hydra_recipes.library.shape import Shape
from hydra_recipes.sweep.write.formats import FORMATS

MOST = 1 << 48
"""Counts and sizes are below this."""
Count = Annotated[int, Field(ge=0, lt=MOST, description="a number of recipes, or a size in bytes")]


def _known_format(name: str) -> str:
    """Return the name of a format; raise if it is that of none."""
    if name not in FORMATS:
        raise ValueError(f"has to be {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    return name


class RequestShape(Shape):
    """A request, which a sweep that goes on reads; what else it says is compared as it is."""

    model_config = ConfigDict(extra="allow")

    format: Annotated[str, AfterValidator(_known_format)]
    overrides: list[str]
    zips: list[list[str]] = []
    where: list[str] = []
    sample: Count | None = None
    seed: int | None = None
    name: str | None = None
    sampler: str | None = None
    json_column: bool = False


class EarlierShape(Shape):
    """The record of an earlier request."""

    recipes: Count
    request: RequestShape
    sizes: dict[str, Count]
    digests: dict[str, str] = {}


class SweepShape(Shape):
    """The file ``sweep.yaml``.

    Attributes:
        request: What was asked for.
        versions: The versions of this program and of others, by their names.
        libraries: The libraries that recipes were composed from, each with its digest.
        options: The words that named the libraries and variables on the command line.
        recipes: How many recipes there are.
        ledger: What was left out, and why.
        before: The records of earlier requests, the first one first.
        digest: The digest of these records.
        sizes: The size of each file that grows.
        digests: The digest of each file that grows.
    """

    request: RequestShape
    versions: dict[str, str]
    libraries: dict[str, str]
    options: list[str] = []
    recipes: Count
    ledger: dict[Any, Any] = {}
    before: list[EarlierShape] = []
    digest: str = ""
    sizes: dict[str, Count] = {}
    digests: dict[str, str] = {}
