"""Entries: limits, rules and offers that name what isn't there, never apply, or forbid all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any

from hydra_recipes import families
from hydra_recipes.errors import LibraryError
from hydra_recipes.findings import Finding
from hydra_recipes.keys import nearest
from hydra_recipes.library import RULES, Libraries, Library, read_file
from hydra_recipes.library_checking.cases import Case
from hydra_recipes.library_checking.places import place_in
from hydra_recipes.library_checking.trial import Trial, finding_of
from hydra_recipes.origins import KeyPath
from hydra_recipes.rules.evaluation import ActiveRules, active_rules
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Limit, Rule, RuleBook, Schema, When

_SECTION = {Limit: "limits", Rule: "rules"}


def unusable_entries(library: Library, book: RuleBook) -> Iterator[Finding]:
    """Limits and rules about keys that there aren't, or with an expression that isn't CEL.

    And families without a model.
    """
    for family in book.families:
        if family.library == library.name:
            try:
                families.model(family.model)
            except LibraryError as error:
                place = place_in(family.file, ("families", family.id, "model"))
                yield replace(finding_of(error), origin=place)
                return  # nothing can be told of keys
    shapes = list(dict.fromkeys(family.model for family in book.families))
    for entry in own_entries(library, book):
        one = replace(entry, when=When())
        limits, rules = ((one,), ()) if isinstance(one, Limit) else ((), (one,))
        alone = replace(book, limits=limits, rules=rules)
        try:
            for shape in shapes:
                active_rules(alone, {}, shape)
        except LibraryError as error:
            yield finding_of(error)


def own_entries(library: Library, book: RuleBook) -> Iterator[Limit | Rule]:
    """The limits and rules of a library."""
    yield from (one for one in book.entries if one.library == library.name)


def unknown_names(library: Library, book: RuleBook, shelf: Libraries) -> Iterator[Finding]:
    """Groups and options that limits, rules, families and offers name, and that there aren't."""
    entries = [*own_entries(library, book)]
    sections = [_SECTION[type(entry)] for entry in entries]
    for section, entry in zip(sections, entries, strict=True):
        names = dict(entry.when.groups)
        where = (section, entry.id, "when")
        yield from _unknown(names, f"{section[:-1]} {entry.id}", entry.file, where, shelf)
    for family in book.families:
        if family.library == library.name:
            names = dict(family.when.groups)
            where = ("families", family.id, "when")
            yield from _unknown(names, f"family {family.id}", family.file, where, shelf)
    for file in library.rules_files():
        document = read_file(file)
        offers = document.tree.get("offers") if document else None
        for at, offer in enumerate(offers or ()):
            names = {
                group: tuple(options) if isinstance(options, list) else (options,)
                for group, options in offer.items()
            }
            what = f"offer {at + 1} in {RULES}/{file.name}"
            yield from _unknown(names, what, str(file), ("offers", at), shelf, book)


def _unknown(
    names: Mapping[str, tuple[str, ...]],
    what: str,
    file: str,
    where: tuple[Any, ...],
    shelf: Libraries,
    book: RuleBook | None = None,
) -> Iterator[Finding]:
    groups = shelf.groups()
    for written, options in names.items():
        group = book.now.group(written) if book else written
        place = place_in(file, (*where, written))
        if group not in groups:
            data = {"what": what, "name": written, "nearest": nearest(written, groups)}
            yield Finding("error", "unknown-name", "unknown-name", origin=place, data=data)
            continue
        known = shelf.options(group)
        for option in options:
            now = book.now.option(group, option) if book else option
            if now not in known:
                near = [f"{group}={one}" for one in nearest(option, known)]
                data = {"what": what, "name": f"{group}={option}", "nearest": near}
                yield Finding("error", "unknown-name", "unknown-name", origin=place, data=data)


class Entries:
    """Judges limits and rules by the trials of the combinations that they are for.

    Args:
        book: The rules.
    """

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self._active = lru_cache(maxsize=1024)(self._active_for)

    def verdict(self, case: Case, trials: Sequence[Trial]) -> Iterator[Finding]:
        """What is wrong with a limit or rule."""
        entry = case.entry
        assert entry is not None
        active = [self.active(trial) for trial in trials]
        held = [one for one in active if one and _holds(entry, one)]
        where = (_SECTION[type(entry)], entry.id)
        data: dict[str, Any] = {"what": f"{case.kind} {entry.id}"}
        if not held:
            if any(trial.composed for trial in trials) or not trials:
                place = place_in(entry.file, where)
                kind = "never-applies"
                yield Finding("warning", kind, kind, origin=place, data=data)
            return
        if not isinstance(entry, Limit) or entry.severity != "error":
            return
        for short, _ in entry.keys:
            conflicts = [_conflict(entry, short, active) for active in held]
            if all(conflicts):
                others = tuple(dict.fromkeys(one for ids in conflicts for one in ids or ()))
                place = place_in(entry.file, (*where, "keys", short))
                told = {**data, "key": short, "others": others}
                kind = "forbids-all"
                yield Finding("error", kind, kind, short, origin=place, data=told)

    def active(self, trial: Trial) -> ActiveRules | None:
        """The limits and rules that hold for what was tried."""
        return self._active(tuple(trial.choices.items())) if trial.choices else None

    def _active_for(self, choices: tuple[tuple[str, str], ...]) -> ActiveRules | None:
        family = self.book.family_of(dict(choices))
        return active_rules(self.book, dict(choices), family) if family else None


def _holds(entry: Limit | Rule, active: ActiveRules) -> bool:
    ids = {one.limit.id for one in active.limits} | {one.limit.id for one in active.required}
    return entry.id in ids | {one.rule.id for one in active.rules}


def _conflict(limit: Limit, short: str, active: ActiveRules) -> tuple[str, ...] | None:
    """The limits with which one leaves no value of a key; None if some value is left."""
    schema = dict(limit.keys)[short]
    own = [one for one in active.limits if one.limit.id == limit.id and one.schema is schema]
    if not own:
        return None
    path: KeyPath = own[0].path
    schemas = {
        bound.limit.id: bound.schema
        for bound in active.limits
        if bound.path == path and bound.limit.severity == "error"
    }
    needed = tuple(one.limit.id for one in active.required if one.path == path)
    del schemas[limit.id]
    if schema is False:
        return tuple(one for one in needed if one != limit.id) or None
    if _empty([schema]):
        return (limit.id,)
    alone = next(((one,) for one, other in schemas.items() if _empty([schema, other])), None)
    return alone or (tuple(schemas) if _empty([schema, *schemas.values()]) else None)


def _empty(schemas: Sequence[Schema]) -> bool:
    """Whether certainly no value satisfies all of these."""
    if any(schema is False for schema in schemas):
        return True
    said = [schema for schema in schemas if not isinstance(schema, bool)]
    listed = next((_listed(schema) for schema in said if _listed(schema) is not None), None)
    if listed is not None:
        return not any(all(satisfies(one, schema) for schema in said) for one in listed)
    for low, high in (("minLength", "maxLength"), ("minItems", "maxItems")):
        least = max((s[low] for s in said if low in s), default=0)
        most = min((s[high] for s in said if high in s), default=least)
        if least > most:
            return True
    return _no_number(said)


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _no_number(said: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the bounds on a number leave none; text would satisfy them, but is of no use."""
    lows = [s[w] for s in said for w in ("minimum", "exclusiveMinimum") if w in s]
    highs = [s[w] for s in said for w in ("maximum", "exclusiveMaximum") if w in s]
    if not lows or not highs:
        return False
    low, high = max(lows), min(highs)
    if low > high:
        return True
    steps = [Fraction(str(s["multipleOf"])) for s in said if "multipleOf" in s]
    if len(steps) == 1:
        first = ceil(Fraction(str(low)) / steps[0]) * steps[0]
        tries = [one for one in (first, first + steps[0]) if one <= Fraction(str(high))]
        return not any(all(satisfies(float(one), s) for s in said) for one in tries)
    return low == high and not all(satisfies(low, s) for s in said)
