"""Timing: the time of processes, side by side: CPU time, or by the clock where cores count.

Two commands are compared in one run: their repetitions alternate, so that a busy or throttled
machine slows both, and the medians' ratio is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """A command of ours beside the one it is measured against.

    Attributes:
        what: What is measured.
        beside: What it is compared with.
        ours: The command line measured.
        theirs: The command line it is compared with.
        budget: The ratio of time that ours may take at most.
        elapsed: Whether the time by the clock is meant, and not the CPU time.
        most: How many repetitions are enough for what takes long.
    """

    what: str
    beside: str
    ours: Sequence[str]
    theirs: Sequence[str]
    budget: float
    elapsed: bool = False
    most: int = 1_000


@dataclass(frozen=True)
class Measurement:
    """What a comparison gave.

    Attributes:
        what: What was measured.
        beside: What it was compared with.
        ours: The median of our seconds: of CPU, user and system together, or by the clock.
        theirs: The same of the other side.
        budget: The ratio that ours may take at most.
    """

    what: str
    beside: str
    ours: float
    theirs: float
    budget: float

    @property
    def ratio(self) -> float:
        """How many times the time of theirs ours takes."""
        return self.ours / self.theirs

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        return self.ratio <= self.budget

    def as_json(self) -> dict[str, Any]:
        """The measurement for programs."""
        return {
            "what": self.what,
            "beside": self.beside,
            "ours_seconds": round(self.ours, 4),
            "theirs_seconds": round(self.theirs, 4),
            "ratio": round(self.ratio, 3),
            "budget": self.budget,
            "within": self.within,
        }


@dataclass(frozen=True)
class Usage:
    """What a process took.

    Attributes:
        seconds: CPU seconds of it and its children, user and system.
        elapsed: Seconds by the clock, from its start to its end.
        peak: The most memory it had at a time, in MiB.
    """

    seconds: float
    elapsed: float
    peak: float


def usage(command: Sequence[str], directory: Path) -> Usage:
    """Runs a command to its end.

    Args:
        command: The command line; its standard output is thrown away.
        directory: The directory it runs in.

    Raises:
        RuntimeError: If the command fails; with what it wrote on standard error.
    """
    # pip compiles what it installs; so is what runs from a checkout, by the run that fills caches.
    environment = {
        **os.environ,
        "PYTHONPYCACHEPREFIX": str(directory / "bytecode"),
        "HYDRA_RECIPES_CACHE": str(directory / "cache"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (directory / "stderr").open("w+b") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=errors
        )
        # wait4 tells of this one child; getrusage(RUSAGE_CHILDREN) adds up all there ever were.
        _, status, taken = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            text = errors.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{text}")
    in_mib = 1024 if sys.platform == "linux" else 1024 * 1024  # of ru_maxrss: KiB, bytes on macOS
    return Usage(taken.ru_utime + taken.ru_stime, elapsed, taken.ru_maxrss / in_mib)


def cpu_seconds(command: Sequence[str], directory: Path) -> float:
    """Runs a command to its end, and tells its CPU seconds."""
    return usage(command, directory).seconds


def measure(comparison: Comparison, repetitions: int, directory: Path) -> Measurement:
    """Measures both sides in turn, after one run of each that fills the caches."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(min(repetitions, comparison.most) + 1):
        for command, seconds in ((comparison.ours, ours), (comparison.theirs, theirs)):
            taken = usage(command, directory)
            seconds.append(taken.elapsed if comparison.elapsed else taken.seconds)
    return Measurement(
        comparison.what,
        comparison.beside,
        median(ours[1:]),
        median(theirs[1:]),
        comparison.budget,
    )


def conditions(*packages: str) -> dict[str, str]:
    """The date and the versions under which a measurement was made."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    return {
        "date": date.today().isoformat(),  # noqa: DTZ011 - the reader's date is meant
        "Python": python,
        **{package: version(package) for package in packages},
    }


def table(measurements: Sequence[Measurement], under: Mapping[str, str]) -> str:
    """The measurements as a Markdown table, as it goes into the benchmarks' README."""
    lines = [
        "| what | ms | beside | ms | ratio | budget |",
        "| --- | ---: | --- | ---: | ---: | ---: |",
    ]
    for one in measurements:
        over = "" if one.within else " (over)"
        lines.append(
            f"| {one.what} | {one.ours * 1000:.0f} | {one.beside} | {one.theirs * 1000:.0f} "
            f"| {one.ratio:.2f}{over} | {one.budget:g} |"
        )
    return "\n".join([*lines, "", ", ".join(f"{name} {value}" for name, value in under.items())])


def as_json(measurements: Sequence[Measurement], under: Mapping[str, str]) -> str:
    """The measurements and their conditions as JSON."""
    found = [one.as_json() for one in measurements]
    return json.dumps({"conditions": dict(under), "measurements": found}, indent=2)


def run(
    about: str | None, comparisons: Callable[[Path], Iterable[Comparison]], *packages: str
) -> int:
    """A benchmark's command line: measures, prints, and says whether the budgets are kept.

    Args:
        about: The benchmark's docstring.
        comparisons: Gives what is compared; it may write files to the directory it gets.
        packages: Whose versions are told.

    Returns:
        The exit status: 1 if a budget is not kept, unless it is only seen that all runs.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=25, metavar="N")
    parser.add_argument("--smoke", action="store_true", help="see only that it runs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    repetitions = 1 if arguments.smoke else max(1, arguments.repetitions)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        found = [measure(one, repetitions, directory) for one in comparisons(directory)]
    print((as_json if arguments.json else table)(found, conditions(*packages)))
    return 0 if arguments.smoke or all(one.within for one in found) else 1
