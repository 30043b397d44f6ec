"""Composes, checks and shares fine-tuning recipes for Amazon Nova on SageMaker HyperPod."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from hydra_recipes.checking import check
    from hydra_recipes.composing import compose
    from hydra_recipes.errors import RecipeError
    from hydra_recipes.findings import Finding, Report
    from hydra_recipes.recipe import Recipe
    from hydra_recipes.sweep.plan import Plan, plan

__version__ = "0.1.0"
__all__ = ["Finding", "Plan", "Recipe", "RecipeError", "Report", "check", "compose", "plan"]

_ROOMS = {
    "Finding": "findings",
    "Plan": "sweep.plan",
    "Recipe": "recipe",
    "RecipeError": "errors",
    "Report": "findings",
    "check": "checking",
    "compose": "composing",
    "plan": "sweep.plan",
}


def __getattr__(name: str) -> Any:
    """Imports a public name on first use, so that ``recipe --help`` doesn't wait for Hydra."""
    import importlib

    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
