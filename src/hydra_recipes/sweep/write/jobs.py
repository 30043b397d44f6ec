"""Jobs: the points of a plan as an app of Hydra's takes them, each override in full."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from hydra_recipes.composing import hydra_bridge
from hydra_recipes.composing.compose import compose_groups, key_finder
from hydra_recipes.composing.hydra_bridge import ParsedOverride
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import to_braces
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import override_key, read_space
from hydra_recipes.sweep.write.points import Rendering


def plan_jobs(
    params: Sequence[str], arguments: Sequence[str], wishes: SweepOptions, libraries: Libraries
) -> Plan:
    """Plans what an app of Hydra's is asked for, as ``recipe sweep`` does.

    Args:
        params: The overrides that the app's config asks for.
        arguments: Those of the command line, which replace a param of the same key.
        wishes: What else is asked.
        libraries: The libraries that the app composes from.
    """
    own = {override_key(text) for text in arguments}
    texts = [*(text for text in params if override_key(text) not in own), *arguments]
    return plan_sample(read_space(texts, wishes, libraries), libraries)


def jobs(plan: Plan, libraries: Libraries) -> Iterator[list[str]]:
    """The overrides of each point in Hydra's own spelling, with the run name of ``recipe sweep``.

    Which key a short one stands for is worked out once for each combination of options.
    """
    spelled: dict[tuple[str, ...], list[str]] = {}
    for point in Rendering(plan, as_yaml=False, file_of=lambda _, name: name).points():
        texts: list[str] = json.loads(point.manifest)["overrides"]
        branch = tuple(
            text if libraries.is_group(override_key(text)) else text.partition("=")[0]
            for text in texts
        )
        if branch not in spelled:
            spelled[branch] = list(_whole_keys(texts, libraries))
        yield [
            whole + "".join(to_braces(text).partition("=")[1:])
            for whole, text in zip(spelled[branch], texts, strict=True)
        ]


def _whole_keys(texts: Sequence[str], libraries: Libraries) -> Iterator[str]:
    """What stands before the ``=`` of each override, with whole keys."""
    request = read_overrides(texts, libraries)
    composition = compose_groups(request.groups, libraries)
    whole: dict[str, ParsedOverride] = {}
    for override in request.keys:
        finder = key_finder(composition.tree(), composition.choices, libraries)
        placed = finder.place(override)
        hydra_bridge.apply(composition, placed)
        whole[override.text] = placed
    for text in texts:
        is_key = text in whole
        yield whole[text].parsed.get_key_element() if is_key else text.partition("=")[0]
