"""Recognition: which choices a recipe was made from, told from the recipe itself."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules.keywords import allowed, nearest, satisfies
from hydra_recipes.rules.model import Method, Offer, RuleBook, Schema, When
from hydra_recipes.text import one_of
from hydra_recipes.tree import lookup, matches

if TYPE_CHECKING:
    from hydra_recipes.findings.finding import Finding


class Recognised(NamedTuple):
    """What a recipe may have been made from.

    Attributes:
        candidates: Every set of choices that is possible, complete.
        offered: Whether the service offers them.
        unknown: The groups in which the candidates differ.
        told: The groups that the recipe itself tells.
    """

    candidates: tuple[dict[str, str], ...]
    offered: bool
    unknown: tuple[str, ...]
    told: frozenset[str] = frozenset()


def recognise(
    book: RuleBook,
    resolved: Mapping[str, Any],
    hints: Mapping[str, str],
    defaults: Mapping[str, str],
) -> Recognised:
    """Tells a recipe's choices.

    Args:
        book: The rules; a limit that ``identifies`` a group tells its option from the recipe.
        resolved: The recipe without links.
        hints: Choices named beside the recipe (in a file's first line). What the recipe says wins,
            and what neither says is told by the shape that fits best.
        defaults: The options that hold where nothing else is known.
    """
    told = dict(_identified(book, resolved))
    hinted = {g: o for g, o in hints.items() if _may_be(book, g, o, told)}
    named = book.offered_as(hinted)
    rest = {g: o for g, o in {**defaults, **hinted}.items() if "${" not in o}
    wanted = {**{group: (option,) for group, option in named.items()}, **told}
    combinations = _combinations(book.offers)
    fitting = [c for c in combinations if _shared(c, wanted) == len(c.keys() & wanted)]
    if combinations and not fitting:
        closest = max(combinations, key=lambda c: _shared(c, wanted))
        asked = {group: options[0] for group, options in wanted.items()}
        choices = {**rest, **closest, **asked}
        return Recognised((choices,), offered=False, unknown=(), told=frozenset(told))
    extensions = {g: o for g, o in hinted.items() if o != named[g]}
    candidates = _best_shaped(
        [
            {**rest, **c, **{g: o for g, o in extensions.items() if c.get(g, o) == named[g]}}
            for c in fitting or [{}]
        ],
        book,
        resolved,
    )
    unknown = tuple(g for g in candidates[0] if len({c.get(g) for c in candidates}) > 1)
    return Recognised(candidates, offered=True, unknown=unknown, told=frozenset(told))


METHOD = "method"
"""The group whose options a library's ``methods`` tell."""


class ToldMethod(NamedTuple):
    """The method that a recipe tells.

    Attributes:
        method: The method.
        evidence: What tells it, in words.
        path: The key that tells it.
    """

    method: Method
    evidence: str
    path: KeyPath


def foreign_method(
    book: RuleBook, resolved: Mapping[str, Any], hints: Mapping[str, str]
) -> ToldMethod | None:
    """Return the method that a recipe tells if no family is for it, otherwise None.

    Args:
        book: The rules, with what tells each method.
        resolved: The recipe without links.
        hints: Choices named beside the recipe. Where they name a method that there is a family
            for, a key that is missing tells nothing.
    """
    known = known_methods(book)
    foreign = [method for method in book.methods if method.id not in known]
    if not known or not foreign:
        return None
    last = {key.rpartition(".")[2] for one in foreign for way in one.told_by for key, _ in way}
    paths = list(_named(last, resolved))
    named = hints.get(METHOD) in known
    for method in foreign:
        for way in method.told_by:
            if named and any(schema is False for _, schema in way):
                continue
            found = [_evidence(key, schema, paths, resolved) for key, schema in way]
            if None not in found:
                return _told(method, way, [path for path in found if path], resolved)
    return None


def known_methods(book: RuleBook) -> tuple[str, ...]:
    """Return the methods that there is a family for, in the order of the families."""
    named = (dict(family.when.groups).get(METHOD, ()) for family in book.families)
    return tuple(dict.fromkeys(option for options in named for option in options))


def _evidence(
    key: str, schema: Schema, paths: Collection[KeyPath], resolved: Mapping[str, Any]
) -> KeyPath | None:
    """Return the key of a recipe that satisfies a schema, () for one that rightly isn't there."""
    found = matches(tuple(key.split(".")), paths)
    if schema is False:
        return None if found else ()
    values = ((path, lookup(resolved, path)) for path in found)
    return next((path for path, value in values if schema is True or _is_told(value, schema)), None)


def _is_told(value: Any, schema: Schema) -> bool:
    """Whether a value satisfies a schema; of a pattern, which passes all else, a text alone."""
    is_pattern = isinstance(schema, Mapping) and "pattern" in schema
    return satisfies(value, schema) and (isinstance(value, str) or not is_pattern)


def _told(
    method: Method,
    way: tuple[tuple[str, Schema], ...],
    found: list[KeyPath],
    resolved: Mapping[str, Any],
) -> ToldMethod:
    words = [dotted(path) for path in found]
    if len(way) == 1 and isinstance(way[0][1], Mapping):
        words = [f"{words[0]}: {lookup(resolved, found[0])}"]
    evidence = " and ".join(words)
    absent = [key for key, schema in way if schema is False]
    if absent:
        evidence += f" without {one_of(absent)}"
    return ToldMethod(method, evidence, found[0] if found else ())


def with_every_option(finding: "Finding", book: RuleBook, recognised: Recognised) -> "Finding":
    """The finding of a limit that tells an option, with what tells each of the other options.

    Those whose shape fits worse count here too: a model type that isn't known may be any model's.
    """
    import dataclasses

    from hydra_recipes.checking.candidates import nearest_of  # which telling choices has no use for

    group = next((one.identifies for one in book.limits if one.id == finding.rule), None)
    if finding.kind != "limit" or group not in recognised.unknown:
        return finding
    ways: dict[str, list[str]] = {}
    near: list[Any] = []
    for limit in book.limits:
        groups = dict(limit.when.groups)
        if limit.identifies != group or group not in groups:
            continue
        options = groups.pop(group)
        when = When(tuple(groups.items()))
        if any(when.matches(book.kinds(one)) for one in recognised.candidates):
            for _, schema in limit.keys:
                ways.setdefault(allowed(schema), []).extend(options)
                near.append(nearest(finding.value, schema))
    data = {"alternatives": ways, "nearest": nearest_of(finding.value, near)}
    return dataclasses.replace(finding, data={**finding.data, **data})


def _may_be(book: RuleBook, group: str, option: str, told: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an option doesn't contradict what a recipe tells; it may extend what that tells."""
    return group not in told or not set(told[group]).isdisjoint(book.kinds_of(group, option))


def _shared(combination: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]) -> int:
    """In how many groups a combination has what is wanted."""
    return sum(option in wanted.get(group, ()) for group, option in combination.items())


def _best_shaped(
    candidates: list[dict[str, str]], book: RuleBook, resolved: Mapping[str, Any]
) -> tuple[dict[str, str], ...]:
    """The candidates whose family fits best: a key out of place weighs more than one missing."""
    of = [book.family_of(choices) for choices in candidates]
    families = tuple(filter(None, dict.fromkeys(of)))
    if len(families) <= 1:
        return tuple(candidates)
    from hydra_recipes.checking.structure import check_structure

    misfits: dict[str, tuple[int, int]] = {}
    for family in families:
        found = [finding for _, finding in check_structure(resolved, family, frozenset())]
        misfits[family] = (sum(f.rule == "unknown-key" for f in found), len(found))
    best = min(misfits.values())
    return tuple(c for c, f in zip(candidates, of, strict=True) if f and misfits[f] == best)


@lru_cache(maxsize=8)  # two recipes are compared at a time, and a hundred checked
def _combinations(offers: tuple[Offer, ...]) -> tuple[dict[str, str], ...]:
    """What is offered, each combination once."""
    found: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for offer in offers:
        for combination in offer.combinations():
            found.setdefault(tuple(sorted(combination.items())), combination)
    return tuple(found.values())


def _identified(
    book: RuleBook, resolved: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each group that the recipe tells, the options it may be."""
    telling = [(limit.identifies, limit) for limit in book.limits if limit.identifies is not None]
    last = {key.rpartition(".")[2] for _, limit in telling for key, _ in limit.keys}
    paths: dict[Any, list[KeyPath]] = {}
    for path in _named(last, resolved):
        paths.setdefault(path[-1], []).append(path)
    groups: dict[str, list[str]] = {}
    for group, limit in telling:
        options = dict(limit.when.groups).get(group, ())
        shorts = ((tuple(key.split(".")), schema) for key, schema in limit.keys)
        found = [(matches(short, paths.get(short[-1], ())), schema) for short, schema in shorts]
        if all(len(at) == 1 and satisfies(lookup(resolved, at[0]), schema) for at, schema in found):
            groups.setdefault(group, []).extend(options)
    yield from ((name, tuple(dict.fromkeys(options))) for name, options in groups.items())


def _named(names: Collection[str], tree: Mapping[Any, Any], at: KeyPath = ()) -> Iterator[KeyPath]:
    """The keys of a tree that are called so; it may have thousands of others."""
    for key, value in tree.items():
        if key in names:
            yield (*at, key)
        if isinstance(value, dict):
            yield from _named(names, value, (*at, key))
