"""What a sweep leaves open: keys that each of its recipes still needs a value for."""

from __future__ import annotations

from hydra_recipes.checking.check import check
from hydra_recipes.origin import dotted
from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.grid import NotOffered
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.tree import path_of, shortest


def open_in_all(plan: Plan) -> list[str]:
    """Return the keys that are incomplete in every recipe of a plan, each as short as it may be.

    They are those that limits call incomplete, and whose values no axis changes.
    """
    in_all: list[str] | None = None
    limits = {limit.id for limit in plan.book.limits if limit.severity == "incomplete"}
    for grid in plan.grids:
        if isinstance(grid, NotOffered) or not grid.count():
            continue
        found = _open_in(grid.branch, limits)
        in_all = found if in_all is None else [key for key in in_all if key in found]
        if not in_all:
            break
    return in_all or []


def _open_in(branch: Branch, limits: set[str]) -> list[str]:
    """Return the keys that these limits call incomplete in all recipes of a branch."""
    assert branch.recipe is not None  # since some of its points are valid
    paths = [path for path, _ in branch.leaves]
    findings = check(branch.recipe).findings
    named = [path_of(one.key) for one in findings if one.key and one.rule in limits]
    return [
        shortest(path, paths) if path in paths else dotted(path)
        for path in dict.fromkeys(named)
        if not branch.dimensions_of(path)
    ]
