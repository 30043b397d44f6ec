"""Sweeps that a library holds: the options of the group ``sweep``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.choices import UnknownOption
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.reading import read_file
from hydra_recipes.library.shape import Listed, WrittenShape
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.tree import nearest


def _axis(values: Any) -> str:
    """Return the values of an axis in Hydra's grammar, from a list or from text in that grammar."""
    if values is None or values == []:
        raise ValueError("has no values")
    if isinstance(values, dict):
        raise ValueError("has to be a list of values, or text such as range(5,21,5)")  # noqa: TRY004 - pydantic takes no TypeError
    if not isinstance(values, list):
        return str(values)
    texts = ",".join(map(spell_value, values))
    return f"choice({texts})" if len(values) == 1 else texts


class SavedSweep(WrittenShape):
    """The file of an option of the group ``sweep``.

    Attributes:
        axes: For each axis its values, in Hydra's grammar.
        overrides: Choices and values, in Hydra's grammar.
        zip: The names of axes that take their values together, a list for each tie.
        where: CEL expressions that points have to satisfy.
        sample: How many points to draw, or None.
        seed: The seed of the draw, or None.
        sampler: The sampler, or None.
        name: The template of run names, or None.
    """

    axes: dict[str, Annotated[str, BeforeValidator(_axis)]] = Field(
        default={},
        description="a mapping of keys to lists of values, or to text such as range(5,21,5)",
    )
    overrides: list[str] = Field(default=[], description="a list of overrides")
    zip: list[list[str]] = Field(
        default=[], description="a list of lists of axes, such as [[lr, min_lr]]"
    )
    where: Listed = Field(default=[], description="text, or a list of texts")
    sample: int | None = Field(default=None, gt=0, description="1 or more")
    seed: int | None = None
    sampler: str | None = None
    name: str | None = None

    @property
    def all_overrides(self) -> tuple[str, ...]:
        """Return the overrides, followed by the axes."""
        return (*self.overrides, *(f"{key}={values}" for key, values in self.axes.items()))

    def added_to(self, options: SweepOptions) -> SweepOptions:
        """Return the user's options with those of this sweep added.

        Zips and conditions add up, each once; of anything else, what the user asks for wins.
        """
        return replace(
            options,
            zips=tuple(dict.fromkeys((*map(tuple, self.zip), *options.zips))),
            where=tuple(dict.fromkeys((*self.where, *options.where))),
            sample=self.sample if options.sample is None else options.sample,
            seed=self.seed if options.seed is None else options.seed,
            sampler=options.sampler or self.sampler,
            name=self.name if options.name is None else options.name,
        )


def read_option(name: str, text: str, libraries: Libraries) -> SavedSweep:
    """Read a sweep that a library holds.

    Args:
        name: The option's name.
        text: The override that asks for it, for messages.
        libraries: The libraries to look in.

    Raises:
        OverrideError: If there is no such option.
        LibraryError: If its file isn't the description of a sweep.
    """
    file = libraries.option_file(SWEEPS, name)
    if file is None:
        options = libraries.options(SWEEPS)
        near = nearest(name, options)
        detail = UnknownOption(group=SWEEPS, option=name, options=options, nearest=near)
        raise OverrideError(detail, OverrideOrigin(text))
    document = read_file(file)
    content = (document.tree if document else None) or {}
    return SavedSweep.read(content, str(file), document, name)
