"""Effects: what a change of a library does to each subject, and to its rules."""

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
    """What becomes of the points of a sweep.

    Attributes:
        old: How many valid points there were.
        new: How many there are.
        added: Points that only the second version has, of those compared.
        gone: Points that only the first has, of those compared.
        differ: For each difference, the points in which it is; only one of them is shown.
    """

    old: int
    new: int
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    differ: tuple[tuple[Difference, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.old != self.new or self.added or self.gone or self.differ)

    def as_json(self) -> dict[str, Any]:
        """The changes for programs."""
        return {
            "old": self.old,
            "new": self.new,
            "added": list(self.added),
            "gone": list(self.gone),
            "differ": [
                {"points": list(names), "operations": [one.as_json() for one in found.operations]}
                for found, names in self.differ
            ],
        }


@dataclass(frozen=True, eq=False)
class Effect:
    """What a change does to a subject.

    Attributes:
        subject: The subject.
        state: Whether it is equal, different, or only in one version.
        valid: Whether it was valid, and whether it is; None where it isn't there.
        difference: What differs in its recipe, if both versions give one.
        told: Findings that only the second version has.
        settled: Findings that only the first had.
        points: Of a sweep, what becomes of its points.
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
        """Whether what was valid isn't any more, or what is new never was."""
        return self.valid in ((True, False), (None, False))

    @cached_property
    def mark(self) -> str:
        """What is the same for effects that are told in the same words, name apart."""
        found = self.difference
        operations = (*found.operations, *found.values, *found.choices) if found else ()
        findings = [list(map(_mark, some)) for some in (self.told, self.settled)]
        points = self.points.as_json() if self.points else None
        return canonical([self.state, self.valid, list(map(repr, operations)), findings, points])

    def as_json(self) -> dict[str, Any]:
        """The effect for programs."""
        found = self.difference
        return {
            "kind": self.subject.kind,
            "name": self.subject.name,
            "state": self.state,
            "valid": list(self.valid),
            "operations": [one.as_json() for one in found.operations] if found else [],
            "told": list(map(_finding_json, self.told)),
            "settled": list(map(_finding_json, self.settled)),
            "points": self.points.as_json() if self.points else None,
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that a change of a library does.

    Attributes:
        library: What the library is called.
        effects: What it does to each subject, equal ones too.
        rules: What it does to the library's rules.
    """

    library: str
    effects: tuple[Effect, ...]
    rules: tuple[RuleChange, ...]

    def __bool__(self) -> bool:
        return bool(self.rules) or any(effect.state != "equal" for effect in self.effects)

    def as_json(self) -> dict[str, Any]:
        """The comparison for programs; equal subjects are only counted."""
        return {
            "library": self.library,
            "equal": not self,
            "counts": {kind: dict(states) for kind, states in self.counts.items()},
            "effects": [one.as_json() for one in self.effects if one.state != "equal"],
            "rules": [one.as_json() for one in self.rules],
        }

    @property
    def counts(self) -> Mapping[str, Mapping[State, int]]:
        """How many subjects of each kind there are in each state."""
        found: dict[str, dict[State, int]] = {
            kind: dict.fromkeys(("equal", "different", "new", "gone"), 0) for kind in KINDS
        }
        for effect in self.effects:
            found[effect.subject.kind][effect.state] += 1
        return found


@dataclass(frozen=True)
class _Asked:
    """What there is to compare in one version."""

    version: Version
    libraries: Libraries
    subjects: tuple[Subject, ...]


class Comparing:
    """Two versions of a library, composed with the other libraries that are in force.

    Args:
        old: The first.
        new: The second.

    Raises:
        LibraryError: If a version can't be used.
    """

    def __init__(self, old: Version, new: Version) -> None:
        self._sides = tuple(map(_asked, (old, new)))

    def __len__(self) -> int:
        """How many subjects both have together."""
        return sum(len(side.subjects) for side in self._sides)

    def run(self, progressed: Callable[[int], None] = lambda _: None) -> Comparison:
        """Composes and compares them.

        Args:
            progressed: Told how many more subjects are composed.

        Raises:
            LibraryError: If a rules file can't be used.
        """
        old, new = self._sides
        known = changed(old.version.library, new.version.library, (old.libraries, new.libraries))
        before = _outcomes(old, progressed, lambda _: None)
        after = _outcomes(new, progressed, lambda subject: _reused(subject, before, known, new))
        book = rule_book(new.libraries)
        order = sorted({**after, **before}, key=lambda subject: KINDS.index(subject.kind))
        effects = [_effect(one, before.get(one), after.get(one), book) for one in order]
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
    found = {}
    with using([side.version.library]):
        for subject in side.subjects:
            found[subject] = known(subject) or outcome(subject, side.libraries)
            progressed(1)
    return found


def _reused(
    subject: Subject, before: Mapping[Subject, Outcome], known: Changed, side: _Asked
) -> Outcome | None:
    was = before.get(subject)
    return known.outcome(subject, was, side.libraries) if was else None


def _effect(
    subject: Subject, before: Outcome | None, after: Outcome | None, book: RuleBook
) -> Effect:
    valid = (before.valid if before else None, after.valid if after else None)
    was, is_ = (one.findings if one else () for one in (before, after))
    told, settled = _without(is_, was), _without(was, is_)
    if before is None or after is None:
        told = tuple(finding for finding in told if finding.severity != "incomplete")
        return Effect(subject, "gone" if after is None else "new", valid, told=told)
    found = None
    if before.recipe and after.recipe:
        found = with_choices(difference(before.recipe, after.recipe), book) or None
    if before.recipe and not after.recipe:
        settled = ()  # nothing can be said of what isn't composed any more
    points = _points(before, after, book) if subject.kind == "sweep" else None
    differs = bool(found or told or settled or points)
    state: State = "different" if differs else "equal"
    return Effect(subject, state, valid, found, told, settled, points or None)


def _points(before: Outcome, after: Outcome, book: RuleBook) -> PointChanges:
    old, new = before.points, after.points
    groups: dict[str, tuple[Difference, list[str]]] = {}
    for name in new:
        if name in old and (found := _differ(old[name], new[name], book)):
            marks = [repr(one) for one in (*found.operations, *found.values)]
            groups.setdefault(canonical(marks), (found, []))[1].append(name)
    return PointChanges(
        before.valid_points,
        after.valid_points,
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple((found, tuple(names)) for found, names in groups.values()),
    )


def _differ(old: Side, new: Side, book: RuleBook) -> Difference:
    return with_choices(difference(old, new), book)


def _without(findings: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    known = set(map(_mark, others))
    return tuple(finding for finding in findings if _mark(finding) not in known)


def _finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for programs; a file is told by its library, since versions may be gone by then."""
    data = finding.as_json()
    origin = finding.origin
    if isinstance(origin, FileOrigin):
        data["origin"] = {"file": origin.file, "line": origin.line}
    return data


def _mark(finding: Finding) -> tuple[str, str, str]:
    """What makes a finding the same, however it is worded."""
    return finding.severity, finding.rule, finding.key or ""
