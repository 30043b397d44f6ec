"""Explaining: where the value of a key came from, and what bears on it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from hydra_recipes.checking.check import check
from hydra_recipes.composing.history import History, Write, origin_in, replayed
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.environment import redact
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.finding import Finding, Report, Severity
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.dependencies import DynamicLinkError, targets
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope, Target
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, dotted, is_users
from hydra_recipes.repair.candidate import Judge, of_recipe
from hydra_recipes.repair.suggesting import of_composed
from hydra_recipes.rules import families
from hydra_recipes.rules.aliases import key_meant
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.catalogue import condition
from hydra_recipes.rules.evaluation import ActiveRules, active_rules
from hydra_recipes.rules.keywords import allowed
from hydra_recipes.rules.model import Limit, Rule, When
from hydra_recipes.tree import (
    ABSENT,
    MOUNT,
    key_path,
    matches,
    near_keys,
    past_the_end,
    positions,
    shortest,
    value_at,
    walk,
    whole_of,
)


@dataclass(frozen=True)
class Hop:
    """One step of a link.

    Attributes:
        key: The key it leads to.
        value: What stands there: another link, or the literal at the end.
        origin: Where that came from.
        depth: How many links lead to it; a link that reads several keys has several hops of a
            depth.
    """

    key: str
    value: Any
    origin: Origin | None
    depth: int

    def as_json(self) -> dict[str, Any]:
        """The hop as ``recipe explain --json`` shows it."""
        origin = self.origin.as_json() if self.origin else None
        return {"key": self.key, "value": self.value, "origin": origin, "depth": self.depth}


@dataclass(frozen=True)
class Bearing:
    """A limit or rule that bears on a key: what it allows, and why."""

    id: str
    library: str
    allowed: str
    severity: Severity
    because: str
    source: str


@dataclass(frozen=True)
class Explanation:
    """All that is known about one key.

    Attributes:
        key: The whole key.
        about: What the key means, if its family says.
        present: Whether the recipe has it.
        value: Its value, links resolved; a link that has no value is left as it is written.
        history: What set it, the first first.
        hops: Where its link leads.
        bearings: The limits and rules that bear on it.
        findings: What is wrong with it.
    """

    key: str
    about: str
    present: bool
    value: Any
    history: History
    hops: tuple[Hop, ...]
    bearings: tuple[Bearing, ...]
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The explanation as ``recipe explain --json`` shows it; the winner comes last."""
        return {
            "key": self.key,
            "about": self.about,
            "present": self.present,
            "value": self.value,
            "history": [write.as_json() for write in self.history],
            "link": [hop.as_json() for hop in self.hops],
            "limits": [asdict(bearing) for bearing in self.bearings],
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True)
class Explained:
    """A recipe that can be explained key by key.

    Attributes:
        scope: The recipe, links unresolved.
        made: The history of each key.
        beside: The histories of what stands beside the recipe.
        report: What ``check`` says of it; also its choices.
        command: The overrides that compose it; None for a file that doesn't tell.
        libraries: The libraries it is held against.
        judge: What ``check`` would say of another tree with the same choices.
        refused: Why the overrides that a file tells don't compose anything here.
        source: What those overrides compose; it still has the links that the file has values for.
    """

    scope: Scope
    made: Mapping[KeyPath, History]
    beside: Mapping[KeyPath, History]
    report: Report
    command: tuple[str, ...] | None
    libraries: Libraries
    judge: Judge
    refused: OverrideError | None = None
    source: Explained | None = None

    @cached_property
    def family(self) -> str | None:
        """The family's model, if there is one for its choices."""
        return rule_book(self.libraries).family_of(self.report.choices)

    @cached_property
    def _active(self) -> ActiveRules:
        if self.family is None:
            return ActiveRules((), (), ())
        return active_rules(rule_book(self.libraries), self.report.choices, self.family)

    @cached_property
    def resolved(self) -> tuple[dict[str, Any], dict[KeyPath, LinkProblem]]:
        """The recipe with its links resolved; of the environment only names are told."""
        resolved, problems = self.scope.resolve()
        return redact(resolved, self.scope.environment), problems

    def leaves(self, below: KeyPath = ()) -> Iterator[KeyPath]:
        """Every key at or below one that has a value, in order; a list counts as one."""
        for path in walk(self.scope.recipe) if not _in_list(below) else self._there:
            if path[: len(below)] == below and not _is_section(self.scope, path):
                yield path

    @property
    def _there(self) -> Iterator[KeyPath]:
        """Every key with a history that wasn't taken away, those in lists too."""
        return (path for path, made in self.made.items() if not made[-1].removed)

    def leaves_ever(self) -> list[KeyPath]:
        """Every key that has a value, and each that had one and was removed, after its like."""
        found = list(self.leaves())
        there = set(walk(self.scope.recipe))
        for path, made in self.made.items():
            item = isinstance(path[-1], int)  # a list counts as one here too
            if path not in there and made[-1].removed and not item:
                shared = [_shared(path, one) for one in found]
                best = max(shared, default=0)
                found.insert(len(shared) - shared[::-1].index(best) if best else len(found), path)
        return found

    def composed(self, path: KeyPath) -> Any:
        """The value at a key of a file as the command in its first line gives it, or ``ABSENT``."""
        try:
            return value_at((self.source or self).resolved[0], path)
        except (KeyError, IndexError, ValueError, TypeError):
            return ABSENT

    def is_edited(self, path: KeyPath) -> bool:
        """Whether a key of a file isn't any more what the command in its first line gives."""
        made = self.made.get(path, ())
        return self.command is not None and bool(made) and is_edit(made[-1])

    def outermost(self, path: KeyPath, *, gone: bool) -> KeyPath:
        """The section around a key, or the key itself, that a file lost or got since composed.

        The outermost that isn't there any more, or wasn't there before.
        """
        there = set(walk(self.scope.recipe if gone else (self.source or self).scope.recipe))
        ways = (path[:end] for end in range(1, len(path) + 1) if not _in_list(path[:end]))
        return next((way for way in ways if way not in there), path)

    def says(self, path: KeyPath) -> bool:
        """Whether there is something to say of a section as such, beside what it holds."""
        one = self.explain(path)
        return bool(one.history or one.bearings or one.findings)

    def find(self, key: str) -> KeyPath:
        """The whole key that a short one stands for.

        Raises:
            OverrideError: If it stands for none, or for more than one.
        """
        plain = re.sub(r"\[(\d+)\]", r".\1", key)  # an item of a list, as OmegaConf writes it too
        path = tuple(plain.removeprefix(f"{MOUNT}.").split("."))
        known = families.keys(self.family) if self.family else ()
        present = list(walk(self.scope.recipe))
        brought = list(walk(self.resolved[0]))  # by links to sections
        made = dict.fromkeys(at[:end] for at in self.made for end in range(len(at), 0, -1))
        for keys in (present, list(self.made), list(made), brought, known):
            found = matches(path, keys) or positions(path, keys)
            if len(found) > 1:
                raise OverrideError(
                    "ambiguous-key", text=key, key=key, candidates=tuple(map(dotted, found))
                )
            if found:
                return found[0]
        new = moves_of(self.libraries).key(path)
        if new is not None and new != path:
            return self.find(dotted(new))
        if self.libraries.is_group(key):
            raise OverrideError("group-not-key", text=key, key=key)
        for at in matches(path[:-1], present):
            if beyond := past_the_end(dotted((*at, path[-1])), self.resolved[0]):
                raise OverrideError("cannot-override", text=key, **beyond)
        every = list(dict.fromkeys((*present, *known)))
        book = rule_book(self.libraries)
        meant = key_meant(book, path, book.kinds(self.report.choices), known)
        near = (shortest(meant[0], every),) if meant else near_keys(path, every)
        raise OverrideError("unknown-key", text=key, key=key, nearest=near)

    def explain(self, path: KeyPath) -> Explanation:
        """All that is known about one key."""
        try:
            value = value_at(self.resolved[0], path)
            present = True
        except (KeyError, IndexError, ValueError, TypeError):
            value, present = None, False
        stands, written = written_at(self.scope.recipe, path)
        whole = whole_of(path)
        about = {dotted(path), dotted(whole)}
        return Explanation(
            key=dotted(path),
            about=families.descriptions(self.family).get(whole, "") if self.family else "",
            present=present,
            value=value,
            history=self._history(path if path in self.made else stands, present=present),
            hops=self.link_of(stands, written) if present else (),
            bearings=tuple(self._bearings(whole)),
            findings=tuple(f for f in self.report.findings if is_about(f, whole, about)),
        )

    def _history(self, path: KeyPath, *, present: bool) -> History:
        """What set a key; of a section that isn't there any more, what took it away."""
        if present or path in self.made:
            return self.made.get(path, ())
        below = [made for at, made in self.made.items() if at[: len(path)] == path]
        return below[-1][-1:] if below else ()

    def link_of(self, path: KeyPath, written: Any) -> tuple[Hop, ...]:
        """Where a key's link leads, or those in a list or a mapping.

        Of a file, that which the value was composed from.
        """
        if isinstance(written, list | Mapping):
            inner = written.items() if isinstance(written, Mapping) else enumerate(written)
            found = (self.link_of((*path, at), item) for at, item in inner)
            return tuple(hop for hops in found for hop in hops)
        made = self.made.get(path, ())
        if self.source is None or contains_link(written) or not made or is_edit(made[-1]):
            return tuple(self._hops(path, written, 1, frozenset([path])))
        return self.source.link_of(path, written_at(self.source.scope.recipe, path)[1])

    def _hops(
        self, path: KeyPath, text: Any, depth: int, seen: frozenset[KeyPath]
    ) -> Iterator[Hop]:
        if not contains_link(text):
            return
        try:
            found = targets(self.scope, text, path)
            hops = [self._hop(target, depth) for target in found]
        except (DynamicLinkError, KeyError, IndexError, ValueError, TypeError):
            yield from self._way(path, text, depth, seen)  # what it reads is itself behind a link
            return
        for target, hop in zip(found, hops, strict=True):
            yield hop
            if target.inside and target.path not in seen:
                yield from self._hops(target.path, hop.value, depth + 1, seen | {target.path})

    def _way(self, path: KeyPath, text: Any, depth: int, seen: frozenset[KeyPath]) -> Iterator[Hop]:
        """The hops of a link as it is followed, one link after the other."""
        over, place = self.scope.way(text, path)
        stops = [Target(hop.path, inside=True) for hop in over]
        for at, stop in enumerate([*stops, place] if place else stops):
            with suppress(KeyError, IndexError, ValueError, TypeError):
                yield self._hop(stop, depth + at)
        last = stops[-1].path if stops else path
        if not place and last not in seen:  # text with links in it
            yield from self._hops(last, over[-1].text, depth + len(stops), seen | {last})

    def _hop(self, target: Target, depth: int) -> Hop:
        tree = self.scope.recipe if target.inside else self.scope.beside
        path = key_path(dotted(target.path), tree)  # with numbers for what is in lists
        origin = origin_in(self.made if target.inside else self.beside, path)
        return Hop(dotted(path), value_at(tree, path), origin, depth)

    @property
    def _open(self) -> Iterator[tuple[Limit, str]]:
        """The limits that hold for some options of groups that a file doesn't tell, with these."""
        book, known = rule_book(self.libraries), self.report.choices
        kinds = book.kinds(known)
        for limit in book.limits:
            told = tuple(pair for pair in limit.when.groups if pair[0] in known)
            rest = tuple(pair for pair in limit.when.groups if pair[0] not in known)
            if rest and When(told).matches(kinds):
                yield limit, condition(When(rest))

    def _bearings(self, path: KeyPath) -> Iterator[Bearing]:
        keys = families.keys(self.family) if self.family else ()
        for one, when in self._open:
            for short, schema in one.keys:
                if matches(tuple(short.split(".")), keys) == [path]:
                    yield _bearing(one, f"{allowed(schema)} ({when})")
        for limit in self._active.limits:
            if limit.path == path:
                yield _bearing(limit.limit, allowed(limit.schema))
        for needed in self._active.required:
            if needed.path == path:
                yield _bearing(needed.limit, "must be there")
        for rule in self._active.rules:
            if any(at == path for _, at in rule.paths):
                yield _bearing(rule.rule, rule.rule.require)


def explained(recipe: Recipe, libraries: Libraries) -> Explained:
    """A composed recipe, ready to be explained."""
    made, beside = replayed(recipe)
    judge = of_recipe(recipe, libraries).judge
    report = of_composed(recipe, check(recipe), libraries)
    return Explained(recipe.scope, made, beside, report, recipe.overrides, libraries, judge)


def written_at(tree: Any, path: KeyPath) -> tuple[KeyPath, Any]:
    """What is written at a key, or the link that brings it and where that stands."""
    for at, key in enumerate(path):
        if contains_link(tree):
            return path[:at], tree
        try:
            tree = value_at(tree, (key,))
        except (KeyError, IndexError, ValueError, TypeError):
            return path, None
    return path, tree


def is_edit(write: Write) -> bool:
    """Whether a write stands in a file of the user's."""
    return isinstance(write.origin, FileOrigin) and is_users(write.origin)


def _in_list(path: KeyPath) -> bool:
    return any(isinstance(key, int) for key in path)


def _shared(one: KeyPath, other: KeyPath) -> int:
    """How many keys two have in common from the start."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _is_section(scope: Scope, path: KeyPath) -> bool:
    value = value_at(scope.recipe, path)
    return isinstance(value, Mapping) and bool(value)


def is_about(finding: Finding, path: KeyPath, keys: Collection[str]) -> bool:
    """Whether a finding is about one of some keys, or about a rule that reads a key."""
    return finding.key in keys or path in finding.data.get("paths", ())


def _bearing(entry: Limit | Rule, text: str) -> Bearing:
    return Bearing(entry.id, entry.library, text, entry.severity, entry.because, entry.source)
