"""Importing: what ``recipe import`` of a file costs, beside composing the same recipe.

python -m benchmarks.importing [--repetitions N] [--smoke] [--json]

The files are recipes as they are published, with every value written out; one is a preset, which
has the most to search, and one has values of its own.
Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Comparison, run
from hydra_recipes import compose

RECIPE = str(Path(sysconfig.get_path("scripts")) / "recipe")
BUDGET = 5.0
RECIPES = {
    "Nova Micro, LoRA": [],
    "Nova Lite, LoRA on G instances": ["model=nova-lite", "hardware=g5-12x"],
    "Nova Pro, full rank": ["model=nova-pro", "peft=full"],
    "Nova 2 Lite, full rank": ["model=nova-2-lite", "peft=full"],
    "the guide's quick start": ["+preset=quickstart_sft"],
    "Nova Lite with six values": [
        "model=nova-lite",
        "run.name=support-bot",
        "replicas=8",
        "lr=2e-6",
        "alpha=32",
        "data_s3_path=s3://acme/train.jsonl",
        "output_s3_path=s3://acme/out",
    ],
}


def comparisons(directory: Path) -> Iterator[Comparison]:
    """Writes the files, and says how each is compared."""
    for at, (name, overrides) in enumerate(RECIPES.items()):
        file = directory / f"{at}.yaml"
        file.write_text(compose(overrides).to_yaml())
        yield Comparison(
            what=f"`recipe import` of {name}",
            beside="`recipe compose` of it",
            ours=(RECIPE, "import", str(file)),
            theirs=(RECIPE, "compose", *overrides),
            budget=BUDGET,
        )


if __name__ == "__main__":
    sys.exit(run(__doc__, comparisons, "hydra-core", "omegaconf", "pydantic", "click"))
