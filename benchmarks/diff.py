"""Diff: what ``recipe diff`` of two files costs, beside only reading them.

python -m benchmarks.diff [--repetitions N] [--smoke] [--json]

Beside stands ``plain_read.py``: the start-up of ``recipe`` itself, and the same YAML library that
reads and parses the same two files; nothing is compared, nothing shown. The pairs: two recipes that
differ in numbers, two of other models, and two with far more keys than any recipe that differ in
every hundredth key.
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
BUDGET = 1.2
PAIRS = {
    "numbers": (["lr=1e-5"], ["lr=2e-6", "replicas=4"]),
    "choices": (["model=nova-micro", "peft=lora"], ["model=nova-lite", "peft=full"]),
}
LARGE = 3_000
"""How many keys the large files have."""


def comparisons(directory: Path) -> Iterator[Comparison]:
    """Writes the pairs of files, and says how each is compared.

    ``recipe diff`` exits 1 for files that differ, which the shell turns into 0.
    """
    for name, pair in PAIRS.items():
        texts = (compose(overrides).to_yaml() for overrides in pair)
        yield _comparison(f"two recipes that differ in {name}", directory, name, *texts)
    old = [f"    key_{at}: {at}\n" for at in range(LARGE)]
    new = [line if at % 100 else f"    key_{at}: -1\n" for at, line in enumerate(old)]
    more = (f"{compose([]).to_yaml()}  more:\n{''.join(lines)}" for lines in (old, new))
    yield _comparison(f"two files of {LARGE:,} keys", directory, "large", *more)


def _comparison(what: str, directory: Path, name: str, old: str, new: str) -> Comparison:
    files = []
    for side, text in (("old", old), ("new", new)):
        files.append(f"{name}-{side}.yaml")
        (directory / files[-1]).write_text(text)
    return Comparison(
        what=f"`recipe diff` of {what}",
        beside="reading both and the start-up",
        ours=("sh", "-c", '"$@"; test $? -eq 1', "sh", RECIPE, "diff", *files),
        theirs=(
            "sh",
            "-c",
            '"$@"',
            "sh",
            sys.executable,
            str(HERE / "plain_read.py"),
            "plain-read",
            *files,
        ),
        budget=BUDGET,
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, comparisons, "PyYAML", "click"))
