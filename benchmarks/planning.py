"""Planning: how long it takes to plan a sweep, beside composing its branches alone.

python -m benchmarks.planning WHERE OVERRIDE…

Prints the CPU seconds of both, and how many points there are. Nothing that was kept may help to
compose; another sweep, which is planned before, only fills memory with code.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence

from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan.branch import conditions_of
from hydra_recipes.sweep.plan.plan import compose_branches, plan_branches
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space

FIRST = ("method=cpt", "lr=1e-5,2e-5", "warmup_steps=1,2")
"""A sweep with nothing in common with those that are measured."""


def planned(overrides: Sequence[str], where: Sequence[str]) -> dict[str, float]:
    """What it takes to compose a sweep's branches, and to plan it with its account."""
    libraries = active_libraries()
    space = read_space(overrides, SweepOptions(where=tuple(where)), libraries)
    start = time.process_time()
    branches = compose_branches(space, libraries, None)
    composed = time.process_time()
    conditions = conditions_of(space, branches, libraries)
    ledger = plan_branches(space, branches, conditions, libraries).ledger
    end = time.process_time()
    return {"asked": ledger.looked_at, "composing": composed - start, "planning": end - start}


if __name__ == "__main__":
    os.environ["HYDRA_RECIPES_CACHE"] = ""
    planned(FIRST, ["lr < 1.0"])
    print(json.dumps(planned(sys.argv[2:], [sys.argv[1]] if sys.argv[1] else [])))
