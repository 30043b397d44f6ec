"""Testing: what those who write a library test it with.

    from hydra_recipes.testing import LibraryContract

    class TestAcme(LibraryContract):
        library = "acme-recipes"

It runs what ``recipe library check`` runs, one test for each option, preset, sweep, offer, limit
and rule, and imports nothing of pytest's.
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
    """What a library has to hold; subclass it in a test file, and pytest runs it.

    Attributes:
        library: The library: its directory, its package, or the name of one that is in force.
        strict: Whether warnings fail too.
        allow_env: The environment's variables that its links may read.
    """

    library: ClassVar[str | os.PathLike[str]]
    strict: ClassVar[bool] = False
    allow_env: ClassVar[tuple[str, ...]] = ()

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Makes a test of each thing that the library has; pytest calls it."""
        if "case" in metafunc.fixturenames:
            examination = self.examination()
            cases = examination.cases if isinstance(examination, Examination) else ()
            metafunc.parametrize("case", cases, ids=[case.typed for case in cases])

    @classmethod
    def examination(cls) -> Examination | tuple[Finding, ...]:
        """The library's examination; or what keeps it from being tried."""
        return _examination(os.fspath(cls.library), Path.cwd(), cls.allow_env)

    def test_library_can_be_used(self) -> None:
        """Every file can be read, and names only what there is."""
        examination = self.examination()
        if not isinstance(examination, Examination):
            self._fail_for(examination)

    def test_library_is_valid(self, case: Case) -> None:
        """Each thing composes and is valid, or a declaration says why not."""
        examination = self.examination()
        assert isinstance(examination, Examination)
        with allowing(self.allow_env):
            self._fail_for(examination.of_case(case))

    def test_library_has_nothing_in_vain(self) -> None:
        """Nothing is unreachable, equal to another, or written twice."""
        examination = self.examination()
        if isinstance(examination, Examination):
            with allowing(self.allow_env):
                self._fail_for(examination.of_whole())

    def _fail_for(self, findings: Iterable[Finding]) -> None:
        __tracebackhide__ = True
        grave = ("error", "warning") if self.strict else ("error",)
        told = [finding_text(finding) for finding in findings if finding.severity in grave]
        if told:
            raise AssertionError("\n" + "\n".join(told))


@lru_cache(maxsize=8)
def _examination(
    library: str,
    _: Path,  # which a relative directory starts from
    allow_env: tuple[str, ...],
) -> Examination | tuple[Finding, ...]:
    with allowing(allow_env):
        return examination_of(named_library(library))
