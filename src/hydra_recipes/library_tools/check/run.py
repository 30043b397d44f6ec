"""Run: all findings about a library, from as many processes as asked for."""

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
from hydra_recipes.findings.messages.library_check import InvalidIn
from hydra_recipes.library.model import Library
from hydra_recipes.library_tools.check.cases import Case
from hydra_recipes.library_tools.check.examination import Examination, examination_of
from hydra_recipes.library_tools.check.trial import Attempt, Trial
from hydra_recipes.origin import FileOrigin

_EACH = 4
"""How many trials a process gets at a time."""
_WORTH = 32
"""The fewest trials that are worth starting processes for."""

Watch = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Maps the number of trials to a context, whose value is called with the number just done."""


@dataclass(frozen=True)
class Checked:
    """The result of checking a library.

    Attributes:
        library: The library.
        findings: The findings, errors first.
        cases: The cases that were tried.
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
        """Return the result as ``recipe library check --json`` shows it."""
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
    """Check a library with the others that are in force.

    Args:
        library: The library.
        jobs: The number of processes.
        watch: Watches the trials, to show progress.
    """
    examination = examination_of(library)
    if not isinstance(examination, Examination):
        return Checked(library, _ordered(examination))
    wanted = examination.all_attempts
    with watch(len(wanted)) as progressed:
        make = partial(_made, library=library.name, libraries=examination.libraries)
        for attempt, trial in zip(wanted, _spread(make, wanted, jobs), strict=True):
            examination.trials[attempt] = trial
            progressed(1)
    case_findings = [finding for case in examination.cases for finding in examination.of_case(case)]
    findings = _ordered([*case_findings, *examination.of_whole()])
    sweeps = sum(attempt.sweeps for attempt in wanted)
    return Checked(library, findings, examination.cases, len(wanted) - sweeps, sweeps)


def _made(attempt: Attempt, library: str, libraries: Any) -> Trial:
    return attempt.made(library, libraries)


def _spread(
    make: Callable[[Attempt], Trial], wanted: Sequence[Attempt], jobs: int
) -> Iterator[Trial]:
    """Yield the trials, made here or in several processes, each of which starts afresh.

    If one of those is killed, or none can be started, the remaining trials are made here.
    """
    done = 0
    if jobs > 1 and len(wanted) >= _WORTH:
        from concurrent.futures.process import BrokenProcessPool

        try:
            for trial in _pooled(make, wanted, jobs):
                yield trial
                done += 1
        except (BrokenProcessPool, OSError, ImportError):
            pass
    yield from map(make, wanted[done:])


def _pooled(
    make: Callable[[Attempt], Trial], wanted: Sequence[Attempt], jobs: int
) -> Iterator[Trial]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    allowed = tuple(environment())
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start, (allowed,))
    try:
        with _interruptions_ignored():  # Ctrl-C is for this process, not for the pool's
            trials = pool.map(make, wanted, chunksize=_EACH)
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
    """Prepare a process: links read the same variables as in the process that started it."""
    allowing(allowed).__enter__()


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, errors first and then by place, each of one place once."""

    def order(finding: Finding) -> tuple[Any, ...]:
        origin = finding.origin
        place = (origin.file, origin.line) if isinstance(origin, FileOrigin) else ("", 0)
        return (-GRAVITY[finding.severity], *place)

    unique: dict[Any, Finding] = {}
    for finding in findings:
        detail = finding.detail
        text = detail.message if isinstance(detail, InvalidIn) else finding.message
        unique.setdefault((finding.rule, finding.origin, text), finding)
    return tuple(sorted(unique.values(), key=order))
