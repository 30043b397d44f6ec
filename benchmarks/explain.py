"""Explain and check: what questions about recipes cost, beside composing or only reading them.

python -m benchmarks.explain [--repetitions N] [--smoke] [--json]

Beside ``recipe explain`` stands ``recipe compose`` of the same recipe; beside ``recipe check`` of a
hundred files stands OmegaConf that loads the same files and resolves their links.
Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Comparison, as_json, conditions, measure, table
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


def main() -> int:
    """Measures, prints, and says by the exit status whether the budgets are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=25, metavar="N")
    parser.add_argument("--smoke", action="store_true", help="see only that it runs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    repetitions = 1 if arguments.smoke else max(1, arguments.repetitions)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        found = [measure(one, repetitions, directory) for one in comparisons(directory)]
    under = conditions("hydra-core", "omegaconf", "pydantic", "click")
    print((as_json if arguments.json else table)(found, under))
    return 0 if arguments.smoke or all(one.within for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
