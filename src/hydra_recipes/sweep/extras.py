"""Optional packages, which are imported only on use.

Private: it may change in any release.
"""

from __future__ import annotations

import importlib
from typing import Any

from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.messages.environment import MissingExtra

EXTRAS = {"parquet": "pyarrow", "zstd": "zstandard", "sobol": "scipy"}
"""The extras of ours, each with the module that it brings."""


def extra(module: str, name: str) -> Any:
    """Import a module of an extra.

    Args:
        module: The import path of the module.
        name: The extra that brings it.

    Raises:
        RecipeError: If it isn't installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        missing = module.partition(".")[0]
        raise RecipeError(MissingExtra(module=missing, extra=name)) from None
