"""Coverage: which recipes of a directory libraries compose, and how the others differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from hydra_recipes.checking.family_match import raise_unless_family, unknown_keys
from hydra_recipes.checking.recipe_file import check_document
from hydra_recipes.checking.recognition import recognise
from hydra_recipes.composing.history import histories, origin_in
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.diff.operations import Operation
from hydra_recipes.diff.sides import Difference, difference, flat, side_of
from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import DocumentError, OverrideError, RecipeError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.overrides import CannotCompose
from hydra_recipes.importing.goal import Goal, goal
from hydra_recipes.importing.search import Search
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.library_tools.against.offered import (
    Combination,
    Offers,
    composed,
    values_of,
)
from hydra_recipes.origin import FileOrigin, Origin
from hydra_recipes.rules.book import looked_at_once, rule_book
from hydra_recipes.tree import canonical

State = Literal["exact", "different", "not-composed"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, eq=False)
class FileCoverage:
    """What libraries compose of a file.

    Attributes:
        file: Its path within the directory.
        combinations: The choices that compose its recipe; if it differs, the nearest.
        difference: From what they compose, which is the old side, to the file.
        origins: Where the value that they compose came from, for each key that differs.
        findings: The errors of the file under these choices, and the warnings of limits and rules.
        error: Why it can't be composed; None if it can, or nearly.
    """

    file: str
    combinations: tuple[Combination, ...] = ()
    difference: Difference | None = None
    origins: tuple[Origin | None, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: RecipeError | None = None

    @property
    def state(self) -> State:
        """Whether its recipe is composed exactly, with differences, or not at all."""
        if self.error:
            return "not-composed"
        return "different" if self.difference else "exact"

    @property
    def changes(self) -> list[tuple[Operation, Origin | None]]:
        """The keys that differ, each with where the value that is composed came from."""
        operations = flat(self.difference.values) if self.difference else ()
        return list(zip(operations, self.origins, strict=True))

    @property
    def reason(self) -> str:
        """Why it can't be composed, in one line."""
        if self.error is None:
            return ""
        detail, origin = self.error.detail, self.error.origin
        text = (detail.but(file="this file") if isinstance(detail, AboutFile) else detail).line()
        place = f"line {origin.line}: " if isinstance(origin, FileOrigin) else ""
        return f"{place}{text.message}" + (f"; {text.hint}" if text.hint else "")

    def as_json(self) -> dict[str, Any]:
        """Return it for programs; in a difference, what is composed is ``old``."""
        return {
            "file": self.file,
            "state": self.state,
            "overrides": [list(combination) for combination in self.combinations],
            "differences": [
                {**operation.as_json(), "origin": origin.as_json() if origin else None}
                for operation, origin in self.changes
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "reason": {"kind": self.error.kind, "message": self.reason} if self.error else None,
        }


@dataclass(frozen=True, eq=False)
class Coverage:
    """What libraries compose of a directory.

    Attributes:
        directory: The directory.
        libraries: The names of the libraries.
        files: What they compose of each file.
        offered: How many combinations of choices they offer.
        missing: Those of them that compose no file's recipe, and aren't the nearest to one.
    """

    directory: str
    libraries: tuple[str, ...]
    files: tuple[FileCoverage, ...]
    offered: int
    missing: tuple[Combination, ...]

    def of(self, state: State) -> list[FileCoverage]:
        """Return the files in a state."""
        return [file for file in self.files if file.state == state]

    @property
    def exact(self) -> bool:
        """Whether the recipe of each file is composed exactly."""
        return len(self.of("exact")) == len(self.files)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many files are in each state, and how many combinations are offered and missing."""
        counts: dict[str, int] = {state: len(self.of(state)) for state in STATES}
        return {**counts, "offered": self.offered, "missing": len(self.missing)}

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "directory": self.directory,
            "libraries": list(self.libraries),
            "exact": self.exact,
            "counts": dict(self.counts),
            "files": [file.as_json() for file in self.files],
            "missing": [list(combination) for combination in self.missing],
        }


@looked_at_once()
def coverage(
    directory: Path,
    files: Sequence[Path],
    libraries: Libraries,
    progressed: Callable[[int, int], None] = lambda _done, _found: None,
) -> Coverage:
    """Return what libraries compose of the files in a directory.

    Args:
        directory: The directory.
        files: The files in it, each with a recipe or something else.
        libraries: The libraries.
        progressed: Called with the number of steps done since, and of those found since.

    Raises:
        LibraryError: If a file of a library can't be used.
    """
    progressed(0, len(files))
    offers = Offers(libraries, progressed)
    covering = _Covering(offers, libraries)
    covered = []
    for path in files:
        covered.append(covering.covered(path, path.relative_to(directory).as_posix()))
        progressed(1, 0)
    names = tuple(library.name for library in libraries.members)
    missing = offers.shortened(offers.beside(covering.seen))
    return Coverage(str(directory), names, tuple(covered), len(offers), missing)


class _Covering:
    """The comparison of files with what libraries compose.

    Attributes:
        seen: The canonical values of what was composed for a file, exactly or nearly.
    """

    def __init__(self, offers: Offers, libraries: Libraries) -> None:
        self._offers = offers
        self._libraries = libraries
        self._book = rule_book(libraries)
        self._entries = {entry.id for entry in self._book.entries}
        self.seen: set[str] = set()

    def covered(self, path: Path, name: str) -> FileCoverage:
        """Return what the libraries compose of a file; what it is called is no evidence."""
        try:
            document = read_document(path)
            tree, beside = recipe_in(document)
            asked = goal(tree, beside)
            if offered := self._offers.composing(asked.resolved):
                findings = self._findings(document, offered[0].choices)
                return FileCoverage(name, self._shown(asked.resolved), findings=findings)
            recipe = self._nearest(document.file, asked)
            findings = self._findings(document, recipe.choices)
        except (DocumentError, OverrideError) as error:
            return FileCoverage(name, error=error)
        ours = side_of("composed", recipe.scope.recipe, recipe.scope.beside, recipe.choices)
        found = difference(ours, side_of(name, tree, beside))
        found = found._replace(operations=found.values)  # values are compared, not links
        made = histories(recipe) if found else {}
        origins = tuple(
            None if operation.op == "set" else origin_in(made, operation.path)
            for operation in flat(found.values)
        )
        combinations = self._shown(values_of(recipe)) or (recipe.overrides,)
        return FileCoverage(name, combinations, found, origins, findings)

    def _shown(self, values: Mapping[str, Any]) -> tuple[Combination, ...]:
        """Return the offered combinations that compose some values, which a file then shows."""
        self.seen.add(canonical(values))
        return self._offers.shortened(one for one, _ in self._offers.composing(values))

    def _nearest(self, file: str, asked: Goal) -> Recipe:
        """Return the recipe of the choices from which a file's recipe has the fewest overrides.

        Raises:
            DocumentError: If the file holds no recipe of a known family.
            OverrideError: If nothing composes.
        """
        raise_unless_family(file, asked.resolved, self._book, {})
        defaults = default_choices(self._libraries)
        candidates = recognise(self._book, asked.resolved, {}, defaults).candidates
        family = self._book.family_of(candidates[0])
        unknown = unknown_keys(asked.resolved, family) if family else frozenset()
        values = replace(asked, links={}, unknown=unknown)
        trial = Search(values, self._libraries, self._book).best(candidates)
        if trial is None:
            raise OverrideError(CannotCompose(reason="no offered choices go together"))
        return composed(trial.groups, self._libraries)

    def _findings(self, document: Document, choices: Mapping[str, str]) -> tuple[Finding, ...]:
        """Return the errors of a file under some choices, and the warnings of limits and rules."""
        return tuple(
            finding
            for finding in check_document(document, choices, {}, self._libraries).findings
            if finding.severity == "error"
            or (finding.severity == "warning" and finding.rule in self._entries)
        )
