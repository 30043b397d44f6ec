"""Libraries: what a large team library costs, beside the built-in one alone.

python -m benchmarks.libraries [--repetitions N] [--smoke] [--json]

Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Comparison, run

RECIPE = str(Path(sysconfig.get_path("scripts")) / "recipe")
OPTIONS = 1_000
RULES = 200
BASES = ("nova-micro", "nova-lite", "nova-pro")


def comparisons(directory: Path) -> Iterator[Comparison]:
    """What is compared, over a library that is made for it.

    A third of its options are models that extend others, a third are data sets, and a third are
    presets; half of its rules are limits on one key and half expressions over several.
    """
    write_library(directory / "team")
    named = ("--library", "team")
    choices = ("model=nova-lite", "peft=full")
    yield Comparison(
        what=f"`recipe compose` with a library of {OPTIONS:,} options and {RULES} rules",
        beside="with the built-in library alone",
        ours=(RECIPE, "compose", *choices, *named),
        theirs=(RECIPE, "compose", *choices),
        budget=1.5,
    )
    yield Comparison(
        what="`recipe compose` of one of its presets",
        beside="with the built-in library alone",
        ours=(RECIPE, "compose", "+preset=team/p0", *named),
        theirs=(RECIPE, "compose", *choices),
        budget=1.5,
    )
    yield Comparison(
        what="`recipe library list` of it",
        beside="`recipe --help`",
        ours=(RECIPE, "library", "list", *named),
        theirs=(RECIPE, "--help"),
        budget=2.0,
    )
    write_library(directory / "small", options=9, rules=0)
    check = (RECIPE, "library", "check", "small", "--jobs")
    yield Comparison(
        what="`recipe library check` of 9 options on 2 cores, by the clock",
        beside="on one",
        ours=(*check, "2"),
        theirs=(*check, "1"),
        budget=0.75,
        elapsed=True,
        most=3,
    )


def write_library(root: Path, options: int = OPTIONS, rules: int = RULES) -> None:
    """Writes a library of so many options and rules."""
    for group in ("model", "dataset", "preset/team", "rules"):
        (root / group).mkdir(parents=True)
    for at in range(options):
        name, text = _option(at // 3, at % 3)
        (root / f"{name}.yaml").write_text(text, encoding="utf-8")
    for first in range(0, rules, 20):
        text = "".join(_entries(range(first, first + 10), range(first + 10, first + 20)))
        (root / "rules" / f"r{first}.yaml").write_text(text, encoding="utf-8")


def _option(number: int, kind: int) -> tuple[str, str]:
    """The name and the text of an option of one of three kinds."""
    if kind == 0:
        base = BASES[number % len(BASES)]
        extends = f"defaults:\n  - /model/{base}\n  - _self_\n"
        about = f"# @package recipes.run\n# Our {base}, number {number}.\n"
        return f"model/m{number}", f"{about}{extends}name: m{number}\n"
    if kind == 1:
        about = f"# @package recipes.run\n# Data of team {number}.\n"
        return f"dataset/d{number}", f"{about}data_s3_path: s3://acme/{number}/train.jsonl\n"
    about = f"# @package _global_\n# What team {number} trains.\n"
    brings = f"  - /dataset: d{number}\n  - _self_\n  - override /model: m{number}\n"
    batch = "  training_config:\n    global_batch_size: 32\n"  # of every model
    sets = f"recipes:\n  run:\n    name: team-{number}\n{batch}"
    return f"preset/team/p{number}", f"{about}defaults:\n{brings}{sets}"


def _entries(limits: range, rules: range) -> Iterator[str]:
    yield "limits:\n"
    for number in limits:
        yield f"  l{number}:\n    when: {{model: m{number}}}\n"
        yield f"    keys: {{run.replicas: {{maximum: {number + 32}}}}}\n    because: So.\n"
    yield "rules:\n"
    for number in rules:
        yield f"  r{number}:\n    when: {{method: sft}}\n"
        yield f"    require: warmup_steps == null || warmup_steps < lr * {number + 1e9}\n"
        yield "    message: the warm-up is too long\n    because: So.\n"


if __name__ == "__main__":
    sys.exit(run(__doc__, comparisons, "hydra-core", "omegaconf", "pydantic", "click"))
