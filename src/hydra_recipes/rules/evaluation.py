"""Evaluation of limits and rules: which hold for given choices, and which a recipe breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.findings.messages.library import UnknownRuleKey
from hydra_recipes.findings.messages.limits import AbsentKey, BrokenLimit, ForbiddenKey
from hydra_recipes.findings.messages.rules import AmbiguousRuleKey, BadCel
from hydra_recipes.findings.messages.values import AboutRule, BrokenRule, NoAnswer
from hydra_recipes.library.reading import origin_in
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.allowed import allowed, nearest
from hydra_recipes.rules.cel import CelRuntimeError, CelSyntaxError, Expression, compile_expression
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Limit, Rule, RuleBook, Schema
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.tree import ABSENT, lookup, matches, meets_any, near_keys, shortest, within


@dataclass(frozen=True)
class KeyLimit:
    """A limit on one key of a family."""

    limit: Limit
    path: KeyPath
    schema: Schema


@dataclass(frozen=True)
class RequiredKey:
    """A key of a family that a limit requires."""

    limit: Limit
    path: KeyPath


@dataclass(frozen=True)
class BoundRule:
    """A rule for one family, with its expression compiled.

    Attributes:
        rule: The rule.
        expression: Its compiled expression.
        paths: Each name in the expression with the family's key that it stands for.
    """

    rule: Rule
    expression: Expression
    paths: tuple[tuple[str, KeyPath], ...]


@dataclass(frozen=True)
class ActiveRules:
    """The limits and rules that hold for given choices, bound to the keys of a family.

    Attributes:
        limits: The limits on single keys.
        required: The keys that must be present.
        rules: The rules over several keys.
        links: The limits that say how links have to be written.
        ids: The ids of all entries that hold. Where these are equal, so are the findings for a
            recipe.
    """

    limits: tuple[KeyLimit, ...]
    required: tuple[RequiredKey, ...]
    rules: tuple[BoundRule, ...]
    links: tuple[Limit, ...] = ()
    ids: frozenset[str] = frozenset()


class _SameBook:
    """A cache key for a rule book that compares by identity, as comparing contents is slow."""

    __slots__ = ("book",)

    def __init__(self, book: RuleBook) -> None:
        self.book = book

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameBook) and other.book is self.book

    def __hash__(self) -> int:
        return id(self.book)


def active_rules(book: RuleBook, choices: Mapping[str, str], family: str) -> ActiveRules:
    """Return the limits and rules of the book that hold for these choices.

    An entry is left out if it names a key that only other families have.

    Raises:
        LibraryError: If a rule's expression isn't CEL, or a short key is ambiguous or unknown.
    """
    return _active_rules(_SameBook(book), tuple(choices.items()), family)


@lru_cache(maxsize=256)  # a file that names no hardware is checked for every possible one
def _active_rules(
    same: _SameBook, choices: tuple[tuple[str, str], ...], family: str
) -> ActiveRules:
    """Do what ``active_rules`` says, with arguments that can be hashed for the cache."""
    book = same.book
    limits: list[KeyLimit] = []
    required: list[RequiredKey] = []
    kinds = book.kinds(dict(choices))
    applicable = [limit for limit in book.limits if limit.when.matches(kinds)]
    for limit in applicable:
        for short, schema in limit.keys:
            path = _key_of(book, limit, short, family, ("limits", limit.id, "keys", short))
            if path:
                limits.append(KeyLimit(limit, path, schema))
        for short in limit.required:
            path = _key_of(book, limit, short, family, ("limits", limit.id, "required"))
            if path:
                required.append(RequiredKey(limit, path))
    applicable_rules = [rule for rule in book.rules if rule.when.matches(kinds)]
    rules = filter(None, [_bind(book, rule, family) for rule in applicable_rules])
    links = tuple(limit for limit in applicable if limit.links)
    aliases = (f"alias {alias.id}" for alias in book.aliases if alias.when.matches(kinds))
    entry_ids = [entry.id for entries in (applicable, applicable_rules) for entry in entries]
    ids = frozenset([*entry_ids, *aliases])
    return ActiveRules(tuple(limits), tuple(required), tuple(rules), links, ids)


def _key_of(
    book: RuleBook, entry: Limit | Rule, short: str, family: str, where: tuple[str, ...]
) -> KeyPath | None:
    """Return the family's key that a short key of an entry stands for.

    Return None if only other families have it. An entry that names no method isn't held either
    where its key stands for several, if the first family with the key has it once.

    ``where`` is its place in the rules file, for errors.
    """
    try:
        path = find_key(short, family, entry.id)
    except LibraryError as error:
        names_method = METHOD in dict(entry.when.groups)
        if not names_method and _is_unique_at_first(short, book):
            return None
        raise LibraryError(error.detail, origin_in(entry.file, where)) from None
    new = book.now.key(tuple(short.split("."))) if path is None else None
    path = path if new is None else find_key(dotted(new), family, entry.id)
    if path is not None:
        return path
    # Looking at a family imports its module: first one imported already, then the entry's library.
    module = family.partition(":")[0]
    ordered = sorted(
        book.families,
        key=lambda one: (one.model.partition(":")[0] != module, one.library != entry.library),
    )
    others = [candidate.model for candidate in ordered if candidate.model != family]
    if any(_has_key(short, other) for other in others):
        return None
    near = near_keys(tuple(short.split(".")), families.keys(family))
    detail = UnknownRuleKey(file=entry.file, entry=entry.id, key=short, nearest=near)
    raise LibraryError(detail, origin_in(entry.file, where))


@lru_cache(maxsize=4096)
def _has_key(short: str, family: str) -> bool:
    """Return whether a short key stands for at least one key of a family."""
    return bool(matches(tuple(short.split(".")), families.keys(family)))


def _is_unique_at_first(short: str, book: RuleBook) -> bool:
    """Return whether a short key stands for one key of the first family that has it."""
    counts = (
        len(matches(tuple(short.split(".")), families.keys(family.model)))
        for family in book.families
    )
    return next(filter(None, counts), 0) == 1


@lru_cache(maxsize=4096)
def find_key(short: str, family: str, entry: str) -> KeyPath | None:
    """Return the key of a family that a short key in a rules file stands for, or None.

    Raises:
        LibraryError: If it stands for more than one; ``entry`` is the id of the entry that has it.
    """
    paths = matches(tuple(short.split(".")), families.keys(family))
    if len(paths) > 1:
        candidates = tuple(map(dotted, paths))
        raise LibraryError(AmbiguousRuleKey(entry=entry, key=short, candidates=candidates))
    return paths[0] if paths else None


def _bind(book: RuleBook, rule: Rule, family: str) -> BoundRule | None:
    """Return a rule bound to a family, or None if it names a key that only other families have."""
    try:
        expression = compile_expression(rule.require)
    except CelSyntaxError as error:
        raise _bad_cel(rule, str(error)) from None
    paths: list[tuple[str, KeyPath]] = []
    for name in expression.names:
        path = _key_of(book, rule, name, family, ("rules", rule.id, "require"))
        if path is None:
            return None
        paths.append((name, path))
    return BoundRule(rule, expression, tuple(paths))


_EMPTY = {"maxLength": 0}
"""The schema of a text that has to be empty."""


def evaluate(
    active: ActiveRules, resolved: Mapping[str, Any], skip: frozenset[KeyPath], family: str
) -> Iterator[tuple[KeyPath | None, Finding]]:
    """Yield a finding for everything of the limits and rules that a recipe breaks.

    Args:
        active: The limits and rules that hold.
        resolved: The recipe without links.
        skip: Keys that have a finding already; nothing is reported about them or what they hold.
        family: The family, to spell keys short.

    Yields:
        The key that the finding is about, if any, and the finding.
    """
    family_keys = families.keys(family)
    for bound in active.limits:
        value = lookup(resolved, bound.path)
        limit, path = bound.limit, bound.path
        if value is ABSENT or satisfies(value, bound.schema):
            continue
        if within(path[:-1], skip) if bound.schema is False else meets_any(path, skip):
            continue
        detail = (ForbiddenKey if bound.schema is False else BrokenLimit)(
            short=shortest(path, family_keys),
            allowed=allowed(bound.schema),
            nearest=_nearest_usual(value, bound, active),
        )
        yield path, _finding(limit, detail, path, value)
    for needed in active.required:
        if lookup(resolved, needed.path) is ABSENT and not meets_any(needed.path, skip):
            limit, path = needed.limit, needed.path
            about = families.descriptions(family)[path]
            missing = AbsentKey(about=about, short=shortest(path, family_keys))
            yield path, _finding(limit, missing, path, None)
    for rule in active.rules:
        yield from _evaluate_rule(rule, resolved, skip)


def _nearest_usual(value: Any, bound: KeyLimit, active: ActiveRules) -> Any:
    """Return the nearest allowed value, preferably one that no warning is about, or None.

    An empty text is one only where a limit wants nothing else: it loses what is there.
    """
    near = nearest(value, bound.schema)
    on_key = [limit for limit in active.limits if limit.path == bound.path]
    is_to_be_empty = any(limit.schema == _EMPTY for limit in on_key)
    if is_to_be_empty and all(satisfies("", limit.schema) for limit in on_key):
        return ""
    others = [limit for limit in on_key if limit is not bound]
    for other in others if near is not None else ():
        usual = None if satisfies(near, other.schema) else nearest(near, other.schema)
        if usual is not None and satisfies(usual, bound.schema):
            near = usual
    return near


def holds(bound: BoundRule, values: Mapping[str, Any]) -> bool:
    """Return whether a rule holds for values by short key.

    A rule without an answer, such as ``null < 1``, holds if any value is null, and is broken if
    not.

    Raises:
        LibraryError: If the expression returns something other than true or false.
    """
    return _answer(bound, values) is True


def _answer(bound: BoundRule, values: Mapping[str, Any]) -> bool | str:
    """Return whether a rule holds, or the reason why that can't be decided."""
    try:
        outcome = bound.expression.run(nested(values))
    except CelRuntimeError as error:
        return any(value is None for value in values.values()) or str(error)
    if not isinstance(outcome, bool):
        raise _bad_cel(bound.rule, "it doesn't give true or false")
    return outcome


def _bad_cel(rule: Rule, reason: str) -> LibraryError:
    """Return the error for a rule's expression that can't be used."""
    detail = BadCel(entry=rule.id, expression=rule.require, reason=reason)
    return LibraryError(detail, _place_of(rule))


def _place_of(rule: Rule) -> FileOrigin | None:
    """Return where a rule's expression stands in its rules file."""
    return origin_in(rule.file, ("rules", rule.id, "require"))


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by short key as CEL reads them: ``optim.lr`` as ``{"optim": {"lr": …}}``."""
    if not any("." in name for name in values):
        return dict(values)
    fields: dict[str, Any] = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        if any(".".join(parents[:length]) in values for length in range(1, len(parents) + 1)):
            continue  # the mapping that holds it is read whole
        node = fields
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return fields


def _evaluate_rule(
    bound: BoundRule, resolved: Mapping[str, Any], skip: frozenset[KeyPath]
) -> Iterator[tuple[KeyPath | None, Finding]]:
    """Yield a finding if a recipe breaks a rule, or if that can't be decided."""
    if any(meets_any(path, skip) for _, path in bound.paths):
        return
    originals = {name: lookup(resolved, path) for name, path in bound.paths}
    values = {name: None if value is ABSENT else value for name, value in originals.items()}
    answer = _answer(bound, values)
    if answer is True:
        return
    rule = bound.rule
    present = [(name, path) for name, path in bound.paths if originals[name] is not ABSENT]
    name, path = present[0] if present else (None, None)
    detail: AboutRule = BrokenRule(
        message=rule.message,
        values={name: originals[name] for name, _ in present},
        paths=tuple(path for _, path in present),
        hint=rule.hint,
    )
    place = None
    if isinstance(answer, str):
        detail = NoAnswer(**vars(detail), expression=rule.require, reason=answer)
        place = _place_of(rule)
    value = originals[name] if name else None
    belongs = path or next((absent for _, absent in bound.paths), None)  # of keys, none is there
    yield belongs, _finding(rule, detail, path, value, place)


def _finding(
    entry: Limit | Rule,
    detail: Detail,
    path: KeyPath | None,
    value: Any,
    place: FileOrigin | None = None,
) -> Finding:
    """Return a finding about an entry that is broken."""
    key = dotted(path) if path else None
    fields = (entry.severity, entry.id, detail, key, value, entry.because, place)
    return Finding(*fields, source=entry.source)
