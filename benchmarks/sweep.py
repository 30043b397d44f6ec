"""Sweep: what a recipe of a sweep costs, beside Hydra's multirun, the disk and other grids.

python -m benchmarks.sweep [--repetitions N] [--directory DIR] [--smoke] [--json]

Exits 1 if a budget is not kept; with --smoke only if something fails.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import spaces, walk
from benchmarks.startup import RECIPE
from benchmarks.timing import conditions, cpu_seconds, usage

_EXTRAS = {
    "pyarrow": "pyarrow",
    "zstandard": "zstandard",
    "ConfigSpace": "ConfigSpace",
    "python-constraint2": "constraint",
}
"""What isn't always installed, with its module."""
HYDRA = (sys.executable, "-m", "hydra_recipes", "-m")


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        what: What is measured.
        ours: What it takes.
        beside: What it is compared with.
        theirs: What that takes; None if there is nothing to compare with.
        unit: The unit of both.
        value: What the budget is about: a ratio, or ``ours``.
        budget: The bound of ``value``; None if it has none.
        at_least: Whether the bound is a lower one.
    """

    what: str
    ours: float
    beside: str
    theirs: float | None
    unit: str
    value: float
    budget: float | None = None
    at_least: bool = False

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        repetitions: How often each side runs; medians are taken.
        sweep: The sweep that is written in every format.
        large: The sweep whose memory is measured.
        hydra: The sweep that Hydra's multirun is given.
        hydra_points: How many points that has.
        quick: Whether everything is small.
    """

    repetitions: int
    sweep: Sequence[str]
    large: Sequence[str]
    hydra: Sequence[str]
    hydra_points: int
    quick: bool


def figures(size: Size, directory: Path) -> Iterator[Figure]:
    """Measures everything, one figure after the other.

    What is measured in this process comes last: a new process counts the memory of the one it was
    made by as its own until it begins.
    """
    yield from _start(size, directory)
    yield from _formats(size, directory)
    yield from _workers(size, directory)
    yield from _planning(size)
    yield from _multirun(size, directory)
    yield from _grids(size)
    yield from _shares(size)


def _formats(size: Size, directory: Path) -> Iterator[Figure]:
    """A sweep in each format; to JSONL and to files, beside the same bytes ready-made."""
    for form, module, budget in (
        ("jsonl", None, 2.5),
        ("yaml", None, 1.5),
        ("jsonl.zst", "zstandard", None),
        ("csv", None, None),
        ("parquet", "pyarrow", None),
    ):
        if module and not importlib.util.find_spec(module):
            print(f"skipped: {form} ({module} is not installed)", file=sys.stderr)
            continue
        times = str(min(size.repetitions, 3) if form == "yaml" else size.repetitions)
        root = directory / form
        root.mkdir()
        command = (sys.executable, "-m", "benchmarks.ready", form, times, str(root), *size.sweep)
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        found = json.loads(said)
        micro = 1e6 / found["recipes"]
        ours = found["ours"] * micro
        ready = None if found["ready"] is None else found["ready"] * micro
        yield Figure(
            f"{found['recipes']:,} recipes, `--format {form}`",
            ours,
            "the same bytes ready-made" if ready else "",
            ready,
            "µs a recipe",
            ours / ready if ready else ours,
            budget,
        )


def _workers(size: Size, directory: Path) -> Iterator[Figure]:
    """A large sweep to JSONL by two processes beside one, by the clock."""
    taken: dict[int, list[float]] = {2: [], 1: []}
    root = directory / "workers"
    for _ in range(min(size.repetitions, 3)):
        for workers, seconds in taken.items():
            command = (RECIPE, "sweep", *size.large, "--format", "jsonl", "--dir", str(root))
            seconds.append(usage((*command, "--workers", str(workers)), directory).elapsed)
            shutil.rmtree(root)
    ours, theirs = median(taken[2]), median(taken[1])
    what = "the large sweep to JSONL, `--workers 2`, by the clock"
    yield Figure(what, ours, "one process", theirs, "s", ours / theirs, 0.6)


def _planning(size: Size) -> Iterator[Figure]:
    """Planning sweeps of 10^12 points and more, beside composing their branches."""
    for name, where, overrides in spaces.LARGE_GRIDS[: 1 if size.quick else None]:
        command = (sys.executable, "-m", "benchmarks.planning", where, *overrides)
        runs = [
            json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
            for _ in range(min(size.repetitions, 3))
        ]
        ours, theirs = (median(run[side] for run in runs) for side in ("planning", "composing"))
        what = f"planning {runs[0]['asked']:.0e} points: {name}"
        # An expression of the user's may have to be asked about each pair of values.
        budget = None if where else 1.5
        yield Figure(what, ours, "composing its branches", theirs, "s", ours / theirs, budget)


def _multirun(size: Size, directory: Path) -> Iterator[Figure]:
    """A large sweep and its memory, beside Hydra's multirun of some of its points.

    Whole processes; the points of each of the two stand for all: what counts is a recipe.
    """
    runs: dict[str, list[tuple[float, float]]] = {"": [], "full": []}
    theirs: list[float] = []
    recipes = 0
    for _ in range(min(size.repetitions, 3)):
        where = directory / "hydra"
        command = (*HYDRA, *size.hydra, f"hydra.sweep.dir={where}", "hydra/job_logging=none")
        theirs.append(cpu_seconds(command, directory) / size.hydra_points)
        shutil.rmtree(where)
        for validate, taken in runs.items():
            root = directory / "large"
            asked = ("--validate", validate) if validate else ()
            command = (
                RECIPE,
                "sweep",
                *size.large,
                "--format",
                "jsonl",
                "--dir",
                str(root),
                *asked,
            )
            used = usage(command, directory)
            with (root / "manifest.jsonl").open("rb") as manifest:
                recipes = sum(1 for _ in manifest)
            taken.append((used.seconds / recipes, used.peak))
            shutil.rmtree(root)
    for validate, taken in runs.items():
        ours = median(seconds for seconds, _ in taken)
        what = f"{recipes:,} recipes to JSONL" + (f", `--validate {validate}`" if validate else "")
        yield Figure(
            f"{what}, whole process",
            ours * 1e6,
            f"Hydra's multirun of {size.hydra_points} of them",
            median(theirs) * 1e6,
            "µs a recipe",
            median(theirs) / ours,
            3500 if validate else 5000,
            at_least=True,
        )
        peak = max(peak for _, peak in taken)
        yield Figure(f"{what}, memory at its highest", peak, "", None, "MiB", peak, 120)


def _start(size: Size, directory: Path) -> Iterator[Figure]:
    """A small sweep beside one recipe, whole processes."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(size.repetitions * 3 + 1):
        root = directory / "small"
        ours.append(cpu_seconds((RECIPE, "sweep", *spaces.HUNDRED, "--dir", str(root)), directory))
        theirs.append(cpu_seconds((RECIPE, "compose", *spaces.HUNDRED[:2]), directory))
        shutil.rmtree(root)
    one, other = median(ours[1:]) * 1e3, median(theirs[1:]) * 1e3
    what = "`recipe sweep` of 100 recipes, whole process"
    yield Figure(what, one, "`recipe compose` of one", other, "ms", one / other, 3)


def _grids(size: Size) -> Iterator[Figure]:
    """A space of 10^8 points of which few are valid, beside what else could walk it."""
    bound = 4
    axes = 4 if size.quick else walk.AXES
    for name, (module, measure) in walk.RIVALS.items():
        if not importlib.util.find_spec(module):
            print(f"skipped: {name} (not installed)", file=sys.stderr)
            continue
        mine: list[walk.Walk] = []
        others: list[walk.Walk] = []
        for _ in range(size.repetitions):
            mine.append(walk.ours(bound, axes))
            others.append(measure(bound, quick=size.quick))
        ours = median(one.seconds for one in mine)
        theirs = median(one.seconds for one in others)
        part = others[0].part
        yield Figure(
            f"the {mine[0].valid:,} valid of 10^{axes} points",
            ours,
            name if part >= 1 else f"{name}, scaled up from 1/{1 / part:,.0f}",
            theirs,
            "s",
            theirs / ours,
        )


def _shares(size: Size) -> Iterator[Figure]:
    """What a valid point costs as fewer and fewer of 10^8 are valid: found, and built as well."""
    axes = 4 if size.quick else walk.AXES
    first: dict[str, float] = {}
    for bound in (9, 7, 5, 3):
        walks = [walk.ours(bound, axes) for _ in range(size.repetitions)]
        valid = walks[0].valid
        share = f"{valid / walk.VALUES**axes:.2g} of the points valid"
        built = [walk.built(bound, axes) for _ in range(min(size.repetitions, 3))]
        for what, cost, budget in (
            ("recipes found and built", median(built) * 1e6, 2.0),
            ("points found", median(one.seconds for one in walks) / valid * 1e6, None),
        ):
            first.setdefault(what, cost)
            growth = cost / first[what]
            beside = "the first of these"
            yield Figure(f"{what}, {share}", cost, beside, first[what], "µs each", growth, budget)


def table(found: Sequence[Figure], under: Mapping[str, str]) -> str:
    """The figures as a Markdown table, as it goes into the benchmarks' README."""
    lines = [
        "| what | takes | beside | takes | unit | ratio | budget |",
        "| --- | ---: | --- | ---: | --- | ---: | ---: |",
    ]
    for one in found:
        theirs = "" if one.theirs is None else f"{one.theirs:,.4g}"
        ratio = "" if one.theirs is None else f"{one.value:,.3g}"
        if one.theirs is not None and one.value >= 1000:  # noqa: PLR2004 - all digits
            ratio = f"{one.value:,.0f}"
        budget = ""
        if one.budget is not None:
            budget = f"{'≥' if one.at_least else '≤'} {one.budget:,g}"
            budget += "" if one.within else " (not kept)"
        lines.append(
            f"| {one.what} | {one.ours:,.4g} | {one.beside} | {theirs} | {one.unit} "
            f"| {ratio} | {budget} |"
        )
    return "\n".join([*lines, "", ", ".join(f"{name} {value}" for name, value in under.items())])


def as_json(found: Sequence[Figure], under: Mapping[str, str]) -> str:
    """The figures and their conditions as JSON."""
    lines: list[dict[str, Any]] = [{**vars(one), "within": one.within} for one in found]
    return json.dumps({"conditions": dict(under), "figures": lines}, indent=2)


def main() -> int:
    """Measures, prints, and says by the exit status whether the budgets are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5, metavar="N")
    parser.add_argument("--directory", metavar="DIR", help="where sweeps are written for a while")
    parser.add_argument("--smoke", action="store_true", help="see only that it runs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    if arguments.smoke:
        size = Size(1, spaces.HUNDRED, spaces.HUNDRED, spaces.TEN, 10, quick=True)
    else:
        size = Size(
            max(1, arguments.repetitions),
            spaces.HUNDRED_THOUSAND,
            spaces.MILLION,
            spaces.TWO_HUNDRED,
            200,
            quick=False,
        )
    if arguments.smoke:
        print("a smoke run: too small for its figures to mean anything", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        found = list(figures(size, Path(directory)))
    extra = [name for name in _EXTRAS if importlib.util.find_spec(_EXTRAS[name])]
    under = conditions("hydra-core", "omegaconf", "pydantic", *extra)
    print((as_json if arguments.json else table)(found, under))
    return 0 if arguments.smoke or all(one.within for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
