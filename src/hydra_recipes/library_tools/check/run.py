"""A run: a library in, all findings about it out, on as many processes as asked for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from hydra_recipes.environment import allowing, environment
from hydra_recipes.findings.finding import GRAVITY, Finding, Report
from hydra_recipes.library.model import Library
from hydra_recipes.library_tools.check.cases import Case
from hydra_recipes.library_tools.check.examination import Examination, examination_of
from hydra_recipes.library_tools.check.trial import Attempt, Trial
from hydra_recipes.origin import FileOrigin

_EACH = 4
"""So many trials go to a process at a time."""
_WORTH = 32
"""Fewer trials are over before other processes have started."""

Watch = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Watches trials: told how many there are, it gives what is told of each that is done."""


@dataclass(frozen=True)
class Checked:
    """What came of checking a library.

    Attributes:
        library: The library.
        findings: What is wrong, errors first.
        cases: What was tried.
        recipes: How many recipes were composed.
        sweeps: How many sweeps were planned.
    """

    library: Library
    findings: tuple[Finding, ...]
    cases: tuple[Case, ...] = ()
    recipes: int = 0
    sweeps: int = 0

    @property
    def report(self) -> Report:
        """The findings as a report."""
        return Report(self.library.name, self.findings)

    def as_json(self) -> dict[str, Any]:
        """It as ``recipe library check --json`` shows it."""
        return {
            "library": self.library.name,
            "valid": self.report.valid,
            "findings": [finding.as_json() for finding in self.findings],
            "recipes": self.recipes,
            "sweeps": self.sweeps,
            "tried": [case.as_json() for case in self.cases],
        }


def _unwatched(_: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _: None)


def check_library(library: Library, jobs: int = 1, watch: Watch = _unwatched) -> Checked:
    """Checks a library, with the others that are in force.

    Args:
        library: The library.
        jobs: On how many processes.
        watch: Watches the trials, for showing how far they are.
    """
    examination = examination_of(library)
    if not isinstance(examination, Examination):
        return Checked(library, _ordered(examination))
    wanted = examination.all_attempts
    with watch(len(wanted)) as progressed:
        made = partial(_made, library=library.name, libraries=examination.libraries)
        for attempt, trial in zip(wanted, _spread(made, wanted, jobs), strict=True):
            examination.trials[attempt] = trial
            progressed(1)
    found = [finding for case in examination.cases for finding in examination.of_case(case)]
    findings = _ordered([*found, *examination.of_whole()])
    sweeps = sum(attempt.sweeps for attempt in wanted)
    return Checked(library, findings, examination.cases, len(wanted) - sweeps, sweeps)


def _made(attempt: Attempt, library: str, libraries: Any) -> Trial:
    return attempt.made(library, libraries)


def _spread(
    made: Callable[[Attempt], Trial], wanted: Sequence[Attempt], jobs: int
) -> Iterator[Trial]:
    """Makes trials here, or on several processes, each of which starts afresh.

    What is left if one of those is killed, or none can be started, is made here.
    """
    done = 0
    if jobs > 1 and len(wanted) >= _WORTH:
        from concurrent.futures.process import BrokenProcessPool

        try:
            for trial in _pooled(made, wanted, jobs):
                yield trial
                done += 1
        except (BrokenProcessPool, OSError, ImportError):
            pass
    yield from map(made, wanted[done:])


def _pooled(
    made: Callable[[Attempt], Trial], wanted: Sequence[Attempt], jobs: int
) -> Iterator[Trial]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    allowed = tuple(environment())
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start, (allowed,))
    try:
        with _interruptions_ignored():  # by the processes, for which they are not
            trials = pool.map(made, wanted, chunksize=_EACH)
        yield from trials
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interruptions_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _start(allowed: tuple[str, ...]) -> None:
    """Makes a process ready: links read the same variables as where it was started."""
    allowing(allowed).__enter__()


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by place; what is said of one place twice is kept once."""

    def order(finding: Finding) -> tuple[Any, ...]:
        origin = finding.origin
        place = (origin.file, origin.line) if isinstance(origin, FileOrigin) else ("", 0)
        return (-GRAVITY[finding.severity], *place)

    said: dict[Any, Finding] = {}
    for finding in findings:
        text = finding.data.get("text", finding.message)
        said.setdefault((finding.rule, finding.origin, text), finding)
    return tuple(sorted(said.values(), key=order))
