"""Examination: a library, the trials of it, and the findings that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.circles import check_circles
from hydra_recipes.library.model import RULES, Libraries, Library
from hydra_recipes.library.moves import NO_MOVES
from hydra_recipes.library.option_file import read_option_file
from hydra_recipes.library.reading import unusable
from hydra_recipes.library_tools.check.cases import Case, cases
from hydra_recipes.library_tools.check.combinations import Combinations
from hydra_recipes.library_tools.check.entries import (
    Entries,
    held_in_some_only,
    unknown_names,
    unusable_entries,
)
from hydra_recipes.library_tools.check.places import as_shown
from hydra_recipes.library_tools.check.trial import Attempt, Trial, finding_of
from hydra_recipes.library_tools.check.unused import (
    beside,
    idle_shadows,
    in_vain,
    misnamed,
    moved_in_vain,
    same_recipes,
    unreached,
    unsourced,
    written_twice,
)
from hydra_recipes.library_tools.check.verdict import verdict
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sources.active import using


class Examination:
    """Examination of a library; each trial is made once, when it is first asked for.

    Args:
        library: The library.
        libraries: The libraries it is composed with, it among them.
    """

    def __init__(self, library: Library, libraries: Libraries) -> None:
        self.library = library
        self.libraries = libraries
        self.trials: dict[Attempt, Trial] = {}

    @cached_property
    def book(self) -> RuleBook:
        """The rules of all the libraries."""
        return rule_book(self.libraries)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The cases of the library."""
        return tuple(cases(self.library, Combinations(self.libraries)))

    @cached_property
    def _entries(self) -> Entries:
        return Entries(self.book)

    def attempts(self, some: Iterable[Case]) -> list[Attempt]:
        """Return what has yet to be tried for some cases, without repetitions."""
        wanted = (Attempt(row, case.is_sweep) for case in some for row in case.rows)
        return [attempt for attempt in dict.fromkeys(wanted) if attempt not in self.trials]

    @property
    def all_attempts(self) -> list[Attempt]:
        """What has yet to be tried for all cases, and for the default recipe."""
        plain = Attempt((), sweeps=False)
        return [*self.attempts(self.cases), *([] if plain in self.trials else [plain])]

    def trial(self, attempt: Attempt) -> Trial:
        """Return the trial of an attempt."""
        if attempt not in self.trials:
            self.trials[attempt] = attempt.made(self.library.name, self.libraries)
        return self.trials[attempt]

    def unusable(self) -> tuple[Finding, ...]:
        """Return the findings that keep the library from being tried."""
        findings = [*unknown_names(self.library, self.book, self.libraries)]
        return self._shown([*findings, *unusable_entries(self.library, self.book)])

    def of_case(self, case: Case) -> tuple[Finding, ...]:
        """Return the findings about one case."""
        trials = [self.trial(Attempt(row, case.is_sweep)) for row in case.rows]
        if case.entry is not None:
            return self._shown(self._entries.verdict(case, trials))
        return self._shown(verdict(case, trials, self.book))

    def of_whole(self) -> tuple[Finding, ...]:
        """Return the findings about what is of no use, or is written twice."""
        tried = [self.trial(attempt) for attempt in (*self.trials, *self.all_attempts)]
        alone = {
            case: self.trial(Attempt(case.rows[0], sweeps=False))
            for case in self.cases
            if case.kind == "preset"
        }
        return self._shown(
            [
                *misnamed(self.library),
                *moved_in_vain(self.library, self.book, self.libraries),
                *idle_shadows(self.library, self.libraries),
                *unreached(self.library, self.book.derived, tried),
                *same_recipes(alone, self.trial(Attempt((), sweeps=False))),
                *in_vain(self.library, tried),
                *beside(self.library, tried),
                *written_twice(self.library),
                *unsourced(self.library, self.book),
                *held_in_some_only(self.library, self.book),
            ]
        )

    def _shown(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(as_shown(findings, self.library))


def examination_of(library: Library) -> Examination | tuple[Finding, ...]:
    """Return the examination of a library with the others that are in force.

    The built-in library needs no other, and is examined by itself.

    Returns:
        The examination; or findings, if files can't be read or the libraries don't go together.
    """
    findings = list(unreadable(library))
    if not findings:
        try:
            with using([library]) as libraries:
                check_circles(libraries)
                is_alone = library.source == "built-in"
                examination = Examination(library, Libraries((library,)) if is_alone else libraries)
                findings += examination.unusable()
                if not findings:
                    examination.cases  # noqa: B018 - reads what may be unusable
                    return examination
        except LibraryError as error:
            findings.append(finding_of(error))
    return tuple(as_shown(findings, library))


def unreadable(library: Library) -> Iterator[Finding]:
    """Yield a finding for each file of a library that can't be read: its first error."""
    from hydra_recipes.rules.file import SECTIONS, read_rules

    try:
        files = library.files()
    except LibraryError as error:
        yield finding_of(error)
        return
    for path in files:
        config = path.relative_to(library.root).with_suffix("").as_posix()
        try:
            if config.partition("/")[0] == RULES:
                sections: dict[str, list[Any]] = {section: [] for section in SECTIONS}
                read_rules(library.name, str(path), sections, {})
            else:
                read_option_file(library, path, config, NO_MOVES)
        except LibraryError as error:
            yield finding_of(error)
        except (OSError, ValueError) as error:
            yield finding_of(unusable(path, error))
