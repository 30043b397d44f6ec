"""Entries: limits, rules and offers that name unknown things, never apply, or forbid all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.findings.messages.library_check import ForbidsAll, NeverApplies, UnknownName
from hydra_recipes.findings.messages.rules import AmbiguousRuleKey, BadFamily
from hydra_recipes.library.model import RULES, Libraries, Library
from hydra_recipes.library.reading import read_file
from hydra_recipes.library_tools.check.cases import Case
from hydra_recipes.library_tools.check.places import place_in
from hydra_recipes.library_tools.check.trial import Trial, finding_of
from hydra_recipes.library_tools.check.unsatisfiable import conflict
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.cel import compile_expression
from hydra_recipes.rules.evaluation import ActiveRules, active_rules, holds
from hydra_recipes.rules.model import Family, Limit, Rule, RuleBook, When
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.tree import matches, near_keys, nearest

_SECTION = {Limit: "limits", Rule: "rules"}


def unusable_entries(library: Library, book: RuleBook) -> Iterator[Finding]:
    """Yield findings about limits and rules that can't be used, and families without a model.

    A limit or rule can't be used if it is about unknown keys, or its expression isn't CEL.
    """
    for family in book.families:
        if family.library == library.name:
            try:
                families.model(family.model)
            except LibraryError as error:
                place = place_in(family.file, ("families", family.id, family.field))
                if isinstance(error.detail, BadFamily):
                    error.detail = families.with_project(error.detail, family.file)
                yield replace(finding_of(error), origin=place)
                return  # without the model its keys aren't known
    for entry in own_entries(library, book):
        possible = (family for family in book.families if _go_together(entry.when, family, book))
        shapes = dict.fromkeys(family.model for family in possible)
        unconditional = entry._replace(when=When())
        limits, rules = (
            ((unconditional,), ()) if isinstance(unconditional, Limit) else ((), (unconditional,))
        )
        alone = book._replace(limits=limits, rules=rules)
        try:
            for shape in shapes or dict.fromkeys(family.model for family in book.families):
                active_rules(alone, {}, shape)
        except LibraryError as error:
            yield finding_of(error)


def held_in_some_only(library: Library, book: RuleBook) -> Iterator[Finding]:
    """Yield a warning for each entry with a key that stands for several in some families.

    If the entry names no method it isn't held there; one that does can't be used at all.
    """
    for entry in own_entries(library, book):
        if METHOD in dict(entry.when.groups):
            continue
        if isinstance(entry, Limit):
            where, names = "keys", tuple(dict(entry.keys))
        else:
            where, names = "require", tuple(compile_expression(entry.require).names)
        shapes = [
            families.keys(family.model)
            for family in book.families
            if _go_together(entry.when, family, book)
        ]
        if isinstance(entry, Rule):  # it holds only where all its keys are
            shapes = [keys for keys in shapes if all(matches(_parts(name), keys) for name in names)]
        for short in names:
            keys = (matches(_parts(short), shape) for shape in shapes)
            candidates = next((found for found in keys if len(found) > 1), ())
            if candidates:
                detail = AmbiguousRuleKey(
                    entry=entry.id, key=short, candidates=tuple(map(dotted, candidates))
                )
                place = place_in(entry.file, (_SECTION[type(entry)], entry.id, where, short))
                yield Finding("warning", detail.kind, detail, origin=place)


def _go_together(when: When, family: Family, book: RuleBook) -> bool:
    """Return whether some offer has the choices of an entry and of a family together.

    Without offers, it may unless both name a group and no option of it in common.
    """
    conditions = [
        {
            group: {kind for option in options for kind in book.kinds_of(group, option)}
            for group, options in condition.groups
        }
        for condition in (when, family.when)
    ]
    offers = [{group: set(options) for group, options in offer.groups} for offer in book.offers]
    return any(
        all(
            set.intersection(*(named[group] for named in (*conditions, offer) if group in named))
            for group in {*conditions[0], *conditions[1]}
        )
        for offer in offers or [{}]
    )


def own_entries(library: Library, book: RuleBook) -> Iterator[Limit | Rule]:
    """Yield the limits and rules of a library."""
    yield from (entry for entry in book.entries if entry.library == library.name)


def unknown_names(library: Library, book: RuleBook, libraries: Libraries) -> Iterator[Finding]:
    """Yield findings about groups, options and moves that name what isn't there."""
    yield from _unknown_in_entries(library, book, libraries)
    for family in book.families:
        if family.library == library.name:
            names = dict(family.when.groups)
            when_path = ("families", family.id, "when")
            yield from _unknown(names, f"family {family.id}", family.file, when_path, libraries)
    for move in book.moves:
        if move.library != library.name:
            continue
        group, slash, option = move.new.partition("/")
        what, entry_at = f"moved {move.old}", ("moved", move.old)
        moves_on = any(other.old == move.new for other in book.moves)
        if slash:
            yield from _unknown({group: (option,)}, what, move.file, entry_at, libraries, book)
        elif not moves_on and not is_in_use(move.new, book, libraries):
            keys = (key for family in book.families for key in families.keys(family.model))
            suggestions = near_keys(_parts(move.new), list(dict.fromkeys(keys)))
            suggestions = tuple(nearest(move.new, libraries.groups())) or suggestions
            detail = UnknownName(what=what, name=move.new, nearest=suggestions)
            yield _error(detail, place_in(move.file, entry_at))
    for file in library.rules_files():
        document = read_file(file)
        offers = document.tree.get("offers") if document else None
        for position, offer in enumerate(offers or ()):
            names = {
                group: tuple(options) if isinstance(options, list) else (options,)
                for group, options in offer.items()
            }
            what = f"offer {position + 1} in {RULES}/{file.name}"
            yield from _unknown(names, what, str(file), ("offers", position), libraries, book)


def _unknown_in_entries(
    library: Library, book: RuleBook, libraries: Libraries
) -> Iterator[Finding]:
    """Yield findings about names in the ``when`` of limits and rules, each place's once."""
    told: set[tuple[Origin | None, str]] = set()
    for entry in own_entries(library, book):
        section = _SECTION[type(entry)]
        what, when_path = f"{section[:-1]} {entry.id}", (section, entry.id, "when")
        for finding in _unknown(dict(entry.when.groups), what, entry.file, when_path, libraries):
            place = (finding.origin, vars(finding.detail)["name"])
            if place not in told:  # what a file says at its top is for many entries
                told.add(place)
                yield finding


def is_in_use(name: str, book: RuleBook, libraries: Libraries) -> bool:
    """Return whether a group, an option or a key has a name."""
    group, slash, option = name.partition("/")
    if slash:
        return libraries.option_file(group, option) is not None
    shapes = (families.keys(family.model) for family in book.families)
    return libraries.is_group(name) or any(matches(_parts(name), keys) for keys in shapes)


def _parts(name: str) -> KeyPath:
    return tuple(name.split("."))


def _unknown(
    names: Mapping[str, tuple[str, ...]],
    what: str,
    file: str,
    where: tuple[Any, ...],
    libraries: Libraries,
    book: RuleBook | None = None,
) -> Iterator[Finding]:
    """Yield findings about groups and options that no library has; a book translates old names."""
    groups = libraries.groups()
    for written, options in names.items():
        group = book.now.group(written) if book else written
        place = place_in(file, (*where, written))
        if group not in groups:
            near = nearest(written, groups)
            yield _error(UnknownName(what=what, name=written, nearest=near), place)
            continue
        known_options = libraries.options(group)
        for option in options:
            new_name = book.now.option(group, option) if book else option
            if new_name not in known_options:
                near = tuple(f"{group}={name}" for name in nearest(option, known_options))
                name = f"{group}={option}"
                yield _error(UnknownName(what=what, name=name, nearest=near), place)


def _error(detail: Detail, place: FileOrigin | None, key: str | None = None) -> Finding:
    return Finding("error", detail.kind, detail, key, origin=place)


class Entries:
    """Judge of limits and rules, by the trials of the combinations that they are for.

    Args:
        book: The rules.
    """

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self._active = lru_cache(maxsize=1024)(self._active_for)

    def verdict(self, case: Case, trials: Sequence[Trial]) -> Iterator[Finding]:
        """Yield findings about a limit or rule."""
        entry = case.entry
        assert entry is not None
        unanswered = (
            finding for trial in trials for finding in trial.unanswered if finding.rule == entry.id
        )
        yield from islice(unanswered, 1)
        held = [
            (active, family)
            for trial in trials
            for active, family in self._active(tuple(trial.choices.items()))
            if _holds(entry, active)
        ]
        entry_path = (_SECTION[type(entry)], entry.id)
        what = f"{case.kind} {entry.id}"
        if not held:
            yield from self._never(case, trials, what)
        elif isinstance(entry, Limit) and entry.severity == "error":
            for short, _ in entry.keys:
                conflicts = [conflict(entry, short, *applied) for applied in held]
                if all(conflicts):
                    others = tuple(dict.fromkeys(other for ids in conflicts for other in ids or ()))
                    place = place_in(entry.file, (*entry_path, "keys", short))
                    yield _error(ForbidsAll(what=what, others=others), place, short)
        elif isinstance(entry, Rule) and not entry.when.groups and self._is_false(entry, held):
            place = place_in(entry.file, (*entry_path, "require"))
            yield _error(ForbidsAll(what=what), place)

    def _never(self, case: Case, trials: Sequence[Trial], what: str) -> Iterator[Finding]:
        """Yield the finding about an entry that applied to nothing that was tried."""
        entry = case.entry
        assert entry is not None
        place = place_in(entry.file, (_SECTION[type(entry)], entry.id))
        if any(trial.composed for trial in trials) or not trials:
            if trials and isinstance(entry, Limit) and entry.identifies:
                return  # it tells which choices a recipe has; their own recipes lack its keys
            detail = NeverApplies(what=what)
            yield Finding("warning", detail.kind, detail, origin=place)
            return
        finding = trials[0].errors[0]
        in_file = isinstance(finding.origin, FileOrigin)
        yield finding if in_file else replace(finding, origin=place)

    @staticmethod
    def _is_false(rule: Rule, held: Sequence[tuple[ActiveRules, str]]) -> bool:
        """Return whether a rule is false whatever a recipe says."""
        bound = next(active for active in held[0][0].rules if active.rule.id == rule.id)
        return rule.severity == "error" and not bound.paths and not holds(bound, {})

    def _active_for(
        self, choices: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[ActiveRules, str], ...]:
        """Return the limits and rules that hold for choices, with the family; empty without one."""
        family = self.book.family_of(dict(choices)) if choices else None
        return ((active_rules(self.book, dict(choices), family), family),) if family else ()


def _holds(entry: Limit | Rule, active: ActiveRules) -> bool:
    """Return whether a limit or rule is among the active ones."""
    ids = {bound.limit.id for bound in active.limits}
    ids |= {needed.limit.id for needed in active.required}
    ids |= {link.id for link in active.links} | {bound.rule.id for bound in active.rules}
    return entry.id in ids
