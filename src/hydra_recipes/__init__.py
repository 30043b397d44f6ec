"""Composes, checks and shares fine-tuning recipes for Amazon Nova on SageMaker HyperPod.

The names in ``__all__`` and the module ``testing`` are public, and are all that is.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from hydra_recipes.checking.check import check
    from hydra_recipes.composing.compose import compose
    from hydra_recipes.composing.recipe import Recipe
    from hydra_recipes.findings.errors import RecipeError
    from hydra_recipes.findings.finding import Finding, Report
    from hydra_recipes.sweep.api import plan
    from hydra_recipes.sweep.plan.plan import Plan
    from hydra_recipes.version import __version__ as __version__

__all__ = ["Finding", "Plan", "Recipe", "RecipeError", "Report", "check", "compose", "plan"]

_ROOMS = {
    "__version__": "version",
    "Finding": "findings.finding",
    "Plan": "sweep.plan.plan",
    "Recipe": "composing.recipe",
    "RecipeError": "findings.errors",
    "Report": "findings.finding",
    "check": "checking.check",
    "compose": "composing.compose",
    "plan": "sweep.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``recipe --help`` doesn't wait for Hydra."""
    import importlib

    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
