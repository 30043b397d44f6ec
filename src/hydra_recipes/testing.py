"""Testing: the contract that a library's own tests can check.

    from hydra_recipes.testing import LibraryContract

    class TestAcme(LibraryContract):
        library = "acme-recipes"

It runs what ``recipe library check`` runs, as one test for each option, preset, sweep, offer,
limit and rule. It imports nothing of pytest's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from hydra_recipes.environment import allowing
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.rendering import finding_text
from hydra_recipes.library_tools.check.cases import Case
from hydra_recipes.library_tools.check.examination import Examination, examination_of
from hydra_recipes.sources.active import named_library


class LibraryContract:
    """The contract of a library; subclass it in a test file, and pytest runs it.

    Attributes:
        library: The library's directory, its package, or the name of a library in force.
        strict: Whether warnings fail too.
        allow_env: The environment variables that its links may read.
    """

    library: ClassVar[str | os.PathLike[str]]
    strict: ClassVar[bool] = False
    allow_env: ClassVar[tuple[str, ...]] = ()

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Make a test of each thing in the library; pytest calls this."""
        if "case" in metafunc.fixturenames:
            examination = self.examination()
            cases = examination.cases if isinstance(examination, Examination) else ()
            metafunc.parametrize("case", cases, ids=[case.typed for case in cases])

    @classmethod
    def examination(cls) -> Examination | tuple[Finding, ...]:
        """Return the library's examination; or the findings that keep it from being tried."""
        return _examination(os.fspath(cls.library), Path.cwd(), cls.allow_env)

    def test_library_can_be_used(self) -> None:
        """Check that every file can be read, and that every name in it exists."""
        examination = self.examination()
        if not isinstance(examination, Examination):
            self._fail_for(examination)

    def test_library_is_valid(self, case: Case) -> None:
        """Check that a case composes and is valid, or that a declaration says why not."""
        examination = self.examination()
        assert isinstance(examination, Examination)
        with allowing(self.allow_env):
            self._fail_for(examination.of_case(case))

    def test_library_has_nothing_in_vain(self) -> None:
        """Check that nothing is unreachable, equal to another, or written twice."""
        examination = self.examination()
        if isinstance(examination, Examination):
            with allowing(self.allow_env):
                self._fail_for(examination.of_whole())

    def _fail_for(self, findings: Iterable[Finding]) -> None:
        __tracebackhide__ = True
        failing = ("error", "warning") if self.strict else ("error",)
        messages = [finding_text(finding) for finding in findings if finding.severity in failing]
        if messages:
            raise AssertionError("\n" + "\n".join(messages))


@lru_cache(maxsize=8)
def _examination(
    library: str,
    _: Path,  # a relative directory starts from here, so it is part of the cache's key
    allow_env: tuple[str, ...],
) -> Examination | tuple[Finding, ...]:
    with allowing(allow_env):
        return examination_of(named_library(library))
