"""Explain and check: what questions about recipes cost, beside composing or only reading them.

python -m benchmarks.explain [--repetitions N] [--smoke] [--json]

Beside ``recipe explain`` stands ``recipe compose`` of the same recipe; beside ``recipe check`` of a
hundred files stands OmegaConf that loads the same files and resolves their links.
Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Comparison, run
from hydra_recipes import compose

HERE = Path(__file__).resolve().parent
RECIPE = str(Path(sysconfig.get_path("scripts")) / "recipe")
CHOICES = ("model=nova-lite", "peft=full", "lr=2e-6")
FILES = 100


def comparisons(directory: Path) -> Iterator[Comparison]:
    """Writes the files, and says what is compared."""
    composing = (RECIPE, "compose", *CHOICES)
    for what, words in (("`recipe explain lr`", ("lr",)), ("`recipe explain --all`", ("--all",))):
        yield Comparison(
            what=what,
            beside="`recipe compose` of the same",
            ours=(RECIPE, "explain", *words, *CHOICES),
            theirs=composing,
            budget=2.5,
        )
    recipes = directory / "recipes"
    recipes.mkdir()
    for at in range(FILES):
        model, peft = ("nova-lite", "lora") if at % 2 else ("nova-micro", "full")
        overrides = [
            f"model={model}",
            f"peft={peft}",
            f"run.name=run-{at}",
            f"lr={1e-5 + at * 1e-7}",
        ]
        text = compose(overrides).to_yaml(links="relative")
        (recipes / f"run-{at}.yaml").write_text(text)
    yield Comparison(
        what=f"`recipe check` of {FILES} files",
        beside="OmegaConf loading and resolving them",
        ours=(RECIPE, "check", str(recipes)),
        theirs=(sys.executable, str(HERE / "load_recipes.py"), str(recipes)),
        budget=1.5,
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, comparisons, "hydra-core", "omegaconf", "pydantic", "click"))
