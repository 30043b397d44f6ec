"""Jobs: the points of a plan as a Hydra app takes them, with whole keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from hydra_recipes.composing import engine
from hydra_recipes.composing.compose import compose_groups, key_finder
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import to_braces
from hydra_recipes.override import Override
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.points import Rendering


def plan_jobs(
    params: Sequence[str], arguments: Sequence[str], options: SweepOptions, libraries: Libraries
) -> Plan:
    """Plan the sweep that a Hydra app is asked for, as ``recipe sweep`` does.

    Args:
        params: The overrides that the app's config asks for.
        arguments: The overrides of the command line, which replace a param of the same key.
        options: The options of the sweep.
        libraries: The libraries that the app composes from.
    """
    named = {Override.read(text).name for text in arguments}
    texts = [*(text for text in params if Override.read(text).name not in named), *arguments]
    return plan_sample(read_space(texts, options, libraries), libraries)


def jobs(plan: Plan, libraries: Libraries) -> Iterator[list[str]]:
    """Yield the overrides of each point in Hydra's own spelling, with the run name.

    The run name is the one that ``recipe sweep`` gives. Whole keys are looked up once for each
    combination of group options and keys.
    """
    placed_by_branch: dict[tuple[str, ...], list[Override]] = {}
    for point in Rendering(plan, as_yaml=False, file_of=lambda _, name: name).points():
        texts: list[str] = json.loads(point.manifest)["overrides"]
        overrides = [Override.read(to_braces(text)) for text in texts]
        branch = tuple(
            override.text if libraries.is_group(override.name) else override.element
            for override in overrides
        )
        if branch not in placed_by_branch:
            placed_by_branch[branch] = list(_with_whole_keys(texts, libraries))
        yield [
            placed._replace(assigned=override.assigned).text
            for placed, override in zip(placed_by_branch[branch], overrides, strict=True)
        ]


def _with_whole_keys(texts: Sequence[str], libraries: Libraries) -> Iterator[Override]:
    """Yield the overrides with short keys made whole."""
    request = read_overrides(texts, libraries)
    composition = compose_groups(request.groups, libraries)
    placed_overrides: dict[str, ParsedOverride] = {}
    for override in request.keys:
        finder = key_finder(composition.tree, composition.choices, libraries)
        placed = finder.place(override)
        composition = engine.apply(composition, placed)
        placed_overrides[override.text] = placed
    for text in texts:
        placed_override = placed_overrides.get(text)
        yield Override.read(placed_override.element if placed_override else text)
