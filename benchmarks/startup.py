"""Start-up: what one call of ``recipe`` costs, beside plain Hydra and plain click.

python -m benchmarks.startup [--repetitions N] [--smoke] [--json]

Exits 1 if a budget is not kept; with --smoke only if a command fails.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import tempfile
from pathlib import Path

from benchmarks.timing import Comparison, as_json, conditions, measure, table

HERE = Path(__file__).resolve().parent
RECIPE = str(Path(sysconfig.get_path("scripts")) / "recipe")
CHOICES = ("model=nova-lite", "peft=full")

COMPARISONS = (
    Comparison(
        what="`recipe compose`, which also checks and writes",
        beside="an `@hydra.main` app that only composes",
        ours=(RECIPE, "compose", *CHOICES),
        theirs=(sys.executable, str(HERE / "trivial_app.py"), *CHOICES),
        budget=1.0,
    ),
    Comparison(
        what="`recipe --help`",
        beside="`--help` of a bare click command",
        ours=(RECIPE, "--help"),
        theirs=(sys.executable, str(HERE / "bare_command.py"), "--help"),
        budget=3.0,
    ),
)


def main() -> int:
    """Measures, prints, and says by the exit status whether the budgets are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=25, metavar="N")
    parser.add_argument("--smoke", action="store_true", help="see only that it runs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    repetitions = 1 if arguments.smoke else max(1, arguments.repetitions)
    with tempfile.TemporaryDirectory() as directory:
        found = [measure(one, repetitions, Path(directory)) for one in COMPARISONS]
    under = conditions("hydra-core", "omegaconf", "pydantic", "click")
    print((as_json if arguments.json else table)(found, under))
    return 0 if arguments.smoke or all(one.within for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
