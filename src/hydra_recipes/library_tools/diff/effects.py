"""Effects: what a change of a library does to each subject, and to its rules.

A subject is something to compose, such as the preset ``+preset=fast``. It is composed with the old
version and with the new. If the recipe then has another learning rate, its effect is "different",
and holds the difference; if the new version gives an error that the old doesn't, the effect holds
that finding, and "breaks".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from hydra_recipes.diff.choices import with_choices
from hydra_recipes.diff.sides import Difference, Side, difference
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.model import Libraries
from hydra_recipes.library_tools.diff.outcomes import KINDS, Outcome, Subject, outcome, subjects
from hydra_recipes.library_tools.diff.reuse import Changed, changed
from hydra_recipes.library_tools.diff.rules import RuleChange, rule_changes
from hydra_recipes.library_tools.diff.versions import Version
from hydra_recipes.origin import FileOrigin
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sources.active import using
from hydra_recipes.tree import canonical

State = Literal["equal", "different", "new", "gone"]


@dataclass(frozen=True, eq=False)
class PointChanges:
    """The changes of the points of a sweep.

    Attributes:
        old: How many valid points the first version has.
        new: How many the second has.
        added: The points that only the second version has, of those compared.
        gone: The points that only the first has, of those compared.
        differ: Each difference with the names of the points that have it; only one is shown.
    """

    old: int
    new: int
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    differ: tuple[tuple[Difference, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.old != self.new or self.added or self.gone or self.differ)

    def as_json(self) -> dict[str, Any]:
        """Return the changes for programs."""
        return {
            "old": self.old,
            "new": self.new,
            "added": list(self.added),
            "gone": list(self.gone),
            "differ": [
                {
                    "points": list(names),
                    "operations": [step.as_json() for step in difference.operations],
                }
                for difference, names in self.differ
            ],
        }


@dataclass(frozen=True, eq=False)
class Effect:
    """The effect of a change on a subject.

    Attributes:
        subject: The subject.
        state: Whether it is equal, different, or in one version only.
        valid: Whether it is valid in the first and second version; None where it is absent.
        difference: The difference of its recipes, if both versions give one.
        told: The findings that only the second version has.
        settled: The findings that only the first has.
        points: The changes of a sweep's points; None for other subjects.
    """

    subject: Subject
    state: State
    valid: tuple[bool | None, bool | None]
    difference: Difference | None = None
    told: tuple[Finding, ...] = ()
    settled: tuple[Finding, ...] = ()
    points: PointChanges | None = None

    @property
    def breaks(self) -> bool:
        """Whether it was valid and isn't any more, or is new and not valid."""
        return self.valid in ((True, False), (None, False))

    @cached_property
    def mark(self) -> str:
        """A text that is equal for effects that read the same but for the subject's name."""
        difference = self.difference
        operations = (
            (*difference.operations, *difference.values, *difference.choices) if difference else ()
        )
        findings = [list(map(_mark, some)) for some in (self.told, self.settled)]
        points = self.points.as_json() if self.points else None
        return canonical([self.state, self.valid, list(map(repr, operations)), findings, points])

    def as_json(self) -> dict[str, Any]:
        """Return the effect for programs."""
        difference = self.difference
        return {
            "kind": self.subject.kind,
            "name": self.subject.name,
            "state": self.state,
            "valid": list(self.valid),
            "operations": [step.as_json() for step in difference.operations] if difference else [],
            "told": list(map(_finding_json, self.told)),
            "settled": list(map(_finding_json, self.settled)),
            "points": self.points.as_json() if self.points else None,
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """The effects of a change of a library.

    Attributes:
        library: The library's name.
        effects: The effect on each subject, equal ones included.
        rules: The changes of the library's rules.
    """

    library: str
    effects: tuple[Effect, ...]
    rules: tuple[RuleChange, ...]

    def __bool__(self) -> bool:
        return bool(self.rules) or any(effect.state != "equal" for effect in self.effects)

    def as_json(self) -> dict[str, Any]:
        """Return the comparison for programs; equal subjects are only counted."""
        return {
            "library": self.library,
            "equal": not self,
            "counts": {kind: dict(states) for kind, states in self.counts.items()},
            "effects": [effect.as_json() for effect in self.effects if effect.state != "equal"],
            "rules": [change.as_json() for change in self.rules],
        }

    @property
    def counts(self) -> Mapping[str, Mapping[State, int]]:
        """Kind of subject to the number of subjects in each state."""
        counts: dict[str, dict[State, int]] = {
            kind: dict.fromkeys(("equal", "different", "new", "gone"), 0) for kind in KINDS
        }
        for effect in self.effects:
            counts[effect.subject.kind][effect.state] += 1
        return counts


@dataclass(frozen=True)
class _Asked:
    """One version, and the subjects in it."""

    version: Version
    libraries: Libraries
    subjects: tuple[Subject, ...]


class Comparing:
    """Two versions of a library, composed with the other libraries that are in force.

    Args:
        old: The first version.
        new: The second version.

    Raises:
        LibraryError: If a version can't be used.
    """

    def __init__(self, old: Version, new: Version) -> None:
        self._sides = tuple(map(_asked, (old, new)))

    def __len__(self) -> int:
        """Return how many subjects both have together."""
        return sum(len(side.subjects) for side in self._sides)

    def run(self, progressed: Callable[[int], None] = lambda _: None) -> Comparison:
        """Return the comparison; compose every subject that may differ.

        Args:
            progressed: Called with the number of subjects that have been composed since.

        Raises:
            LibraryError: If a rules file can't be used.
        """
        old, new = self._sides
        changes = changed(old.version.library, new.version.library, (old.libraries, new.libraries))
        before = _outcomes(old, progressed, lambda _: None)
        after = _outcomes(new, progressed, lambda subject: _reused(subject, before, changes, new))
        book = rule_book(new.libraries)
        order = sorted({**after, **before}, key=lambda subject: KINDS.index(subject.kind))
        effects = [
            _effect(subject, before.get(subject), after.get(subject), book) for subject in order
        ]
        name = new.version.library.name
        return Comparison(
            name, tuple(effects), tuple(rule_changes(old.libraries, new.libraries, name))
        )


def _asked(version: Version) -> _Asked:
    with using([version.library]) as libraries:
        return _Asked(version, libraries, tuple(subjects(libraries)))


def _outcomes(
    side: _Asked,
    progressed: Callable[[int], None],
    known: Callable[[Subject], Outcome | None],
) -> dict[Subject, Outcome]:
    """Return the outcome of each subject of a version; ``known`` gives those known already."""
    outcomes = {}
    with using([side.version.library]):
        for subject in side.subjects:
            outcomes[subject] = known(subject) or outcome(subject, side.libraries)
            progressed(1)
    return outcomes


def _reused(
    subject: Subject, before: Mapping[Subject, Outcome], changes: Changed, side: _Asked
) -> Outcome | None:
    """Return the outcome in the second version if the first's makes it certain, else None."""
    outcome_before = before.get(subject)
    return changes.outcome(subject, outcome_before, side.libraries) if outcome_before else None


def _effect(
    subject: Subject, before: Outcome | None, after: Outcome | None, book: RuleBook
) -> Effect:
    valid = (before.valid if before else None, after.valid if after else None)
    old_findings, new_findings = (side.findings if side else () for side in (before, after))
    added, settled = _without(new_findings, old_findings), _without(old_findings, new_findings)
    if before is None or after is None:
        added = tuple(finding for finding in added if finding.severity != "incomplete")
        return Effect(subject, "gone" if after is None else "new", valid, told=added)
    changed_recipe = None
    if before.recipe and after.recipe:
        changed_recipe = with_choices(difference(before.recipe, after.recipe), book) or None
    if before.recipe and not after.recipe:
        settled = ()  # nothing is settled by not composing any more
    points = _points(before, after, book) if subject.kind == "sweep" else None
    differs = bool(changed_recipe or added or settled or points)
    state: State = "different" if differs else "equal"
    return Effect(subject, state, valid, changed_recipe, added, settled, points or None)


def _points(before: Outcome, after: Outcome, book: RuleBook) -> PointChanges:
    """Return the changes of a sweep's points; points with the same difference are put together."""
    old, new = before.points, after.points
    groups: dict[str, tuple[Difference, list[str]]] = {}
    for name in new:
        if name in old and (changed_recipe := _differ(old[name], new[name], book)):
            marks = [repr(step) for step in (*changed_recipe.operations, *changed_recipe.values)]
            groups.setdefault(canonical(marks), (changed_recipe, []))[1].append(name)
    return PointChanges(
        before.valid_points,
        after.valid_points,
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple((changed_recipe, tuple(names)) for changed_recipe, names in groups.values()),
    )


def _differ(old: Side, new: Side, book: RuleBook) -> Difference:
    return with_choices(difference(old, new), book)


def _without(findings: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are not among others, however they are worded."""
    marks = set(map(_mark, others))
    return tuple(finding for finding in findings if _mark(finding) not in marks)


def _finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding for programs; its file is relative to its library, which may be a copy."""
    data = finding.as_json()
    origin = finding.origin
    if isinstance(origin, FileOrigin):
        data["origin"] = {"file": origin.file, "line": origin.line}
    return data


def _mark(finding: Finding) -> tuple[str, str, str]:
    """Return what makes two findings the same, however they are worded."""
    return finding.severity, finding.rule, finding.key or ""
