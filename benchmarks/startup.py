"""Start-up: what one call of ``recipe`` costs, cold and warm, beside plain Hydra and plain click.

python -m benchmarks.startup [--repetitions N] [--smoke] [--json]

Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from benchmarks.timing import Comparison, run

HERE = Path(__file__).resolve().parent
RECIPE = str(Path(sysconfig.get_path("scripts")) / "recipe")
CHOICES = ("model=nova-lite", "peft=full")

APP = (sys.executable, str(HERE / "trivial_app.py"), *CHOICES)

COMPARISONS = (
    Comparison(
        what="`recipe compose --no-cache`, which also checks and writes",
        beside="an `@hydra.main` app that only composes",
        ours=(RECIPE, "compose", "--no-cache", *CHOICES),
        theirs=APP,
        budget=1.0,
    ),
    *(
        Comparison(
            what=f"`recipe {command[0]}` of what was composed before",
            beside="the same app",
            ours=(RECIPE, *command),
            theirs=APP,
            budget=budget,
        )
        for command, budget in (
            (("compose", *CHOICES, "lr=2e-6"), 0.45),
            (("check", *CHOICES, "lr=2e-6"), 0.45),
            (("explain", "lr", *CHOICES, "lr=2e-6"), 0.45),
            (("list", "model"), 0.2),
        )
    ),
    Comparison(
        what="`recipe --help`",
        beside="`--help` of a bare click command",
        ours=(RECIPE, "--help"),
        theirs=(sys.executable, str(HERE / "bare_command.py"), "--help"),
        budget=3.0,
    ),
)


if __name__ == "__main__":
    sys.exit(run(__doc__, lambda _: COMPARISONS, "hydra-core", "omegaconf", "pydantic", "click"))
