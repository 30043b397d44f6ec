"""Checking many files: what a thousand cost, beside only loading them.

python -m benchmarks.checking [--repetitions N] [--smoke] [--json]

The files are such as a sweep writes, all valid. Beside ``recipe check -q`` of them stands PyYAML's
C loader that loads them, both with their start-up. Beside two processes that share the work of
files of which each gets a warning (``1e-6``), and so is checked from end to end, stands one, by the
clock.
Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from benchmarks.timing import Comparison, run
from hydra_recipes import compose

HERE = Path(__file__).resolve().parent
RECIPE = str(Path(sysconfig.get_path("scripts")) / "recipe")
MODELS, PEFTS = ("nova-micro", "nova-lite"), ("lora", "full")
RATES, STEPS = [f"{1 + at / 10:.1f}e-05" for at in range(25)], range(5, 15)
PATHS = ("data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out")


def write(directory: Path, name: str, small: str) -> Path:
    """Writes a thousand recipes, each composed for its choices and given its own values.

    Args:
        directory: Where to.
        name: The name of their directory.
        small: How a millionth is written.
    """
    folder = directory / name
    folder.mkdir()
    bases = {
        pair: compose([f"model={pair[0]}", f"peft={pair[1]}", *PATHS, "lr=7e-5"]).to_yaml()
        for pair in product(MODELS, PEFTS)
    }
    for at, (*pair, rate, steps) in enumerate(product(MODELS, PEFTS, RATES, STEPS)):
        text = bases[pair[0], pair[1]].replace(": 7.0e-05", f": {rate}")
        text = text.replace("warmup_steps: 10", f"warmup_steps: {steps}")
        (folder / f"{at:03}.yaml").write_text(
            text.replace("my-", f"run-{at}-").replace("1.0e-06", small)
        )
    return folder


def comparisons(directory: Path) -> Iterator[Comparison]:
    """Writes the files, and says what is compared."""
    good, odd = write(directory, "good", "1.0e-06"), write(directory, "odd", "1e-6")
    yield Comparison(
        what="`recipe check -q` of 1,000 files",
        beside="PyYAML's `CSafeLoader` loading them",
        ours=(RECIPE, "check", str(good), "-q"),
        theirs=(sys.executable, str(HERE / "load_yaml.py"), str(good)),
        budget=1.2,
    )
    shared = (RECIPE, "check", str(odd), "-q", "--workers")
    yield Comparison(
        what="`recipe check -q` of 1,000 files with a warning, by 2 processes, by the clock",
        beside="by one",
        ours=(*shared, "2"),
        theirs=(*shared, "1"),
        budget=0.6,
        elapsed=True,
        most=5,
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, comparisons, "pydantic", "click", "PyYAML"))
