"""Explaining: where the value of a key came from, and what limits it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from hydra_recipes.checking.check import check
from hydra_recipes.composing.history import History, origin_in, replayed
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.environment import redact
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.messages.base import Severity
from hydra_recipes.findings.messages.overrides import (
    AmbiguousKey,
    GroupNotKey,
    PastTheEnd,
    UnknownKey,
)
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.dependencies import DynamicLinkError, leading, targets
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope, Target
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, dotted
from hydra_recipes.repair.candidate import Judge, of_recipe
from hydra_recipes.repair.suggesting import of_composed
from hydra_recipes.rules import families
from hydra_recipes.rules.aliases import key_meant
from hydra_recipes.rules.allowed import allowed
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.catalogue import condition
from hydra_recipes.rules.evaluation import ActiveRules, active_rules
from hydra_recipes.rules.model import Limit, Rule, When
from hydra_recipes.rules.other_methods import methods_with
from hydra_recipes.tree import (
    ABSENT,
    key_path,
    matches,
    near_keys,
    past_the_end,
    path_of,
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
        key: The whole key that it leads to.
        value: The value there: another link, or the literal at the end.
        origin: Where that value came from.
        depth: How many links lead to it, from 1; the keys that one link reads share a depth.
    """

    key: str
    value: Any
    origin: Origin | None
    depth: int

    def as_json(self) -> dict[str, Any]:
        """Return the data that ``recipe explain --json`` shows."""
        origin = self.origin.as_json() if self.origin else None
        return {"key": self.key, "value": self.value, "origin": origin, "depth": self.depth}


@dataclass(frozen=True)
class Bearing:
    """A limit or rule that applies to a key: what it allows, and why."""

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
        about: What the key means; empty if its family doesn't say.
        present: Whether the recipe has it.
        value: Its value, links resolved; a link without a value as it is written.
        history: What set it, the winner last.
        hops: Where its links lead.
        bearings: The limits and rules that apply to it.
        findings: What is wrong with it.
        continued: Where the recipe that this one continues has the value; None if it isn't carried
            over from one.
    """

    key: str
    about: str
    present: bool
    value: Any
    history: History
    hops: tuple[Hop, ...]
    bearings: tuple[Bearing, ...]
    findings: tuple[Finding, ...]
    continued: FileOrigin | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the data that ``recipe explain --json`` shows, with the winner last in history."""
        return {
            "key": self.key,
            "about": self.about,
            "present": self.present,
            "value": self.value,
            "history": [write.as_json() for write in self.history],
            "link": [hop.as_json() for hop in self.hops],
            "limits": [asdict(bearing) for bearing in self.bearings],
            "findings": [finding.as_json() for finding in self.findings],
            "continued": self.continued.as_json() if self.continued else None,
        }


@dataclass(frozen=True)
class Explained:
    """A recipe that can be explained key by key.

    Attributes:
        scope: The recipe, links unresolved, and what is outside it.
        made: The history of each key.
        beside: The histories of the keys outside the recipe.
        report: What ``check`` reports for it, with its choices.
        command: The overrides that compose it; None for a file that names none.
        libraries: The libraries that it is checked against.
        judge: Returns what ``check`` reports for another tree with the same choices.
        refused: Why the overrides in a file's first line compose nothing here, or None.
        source: What those overrides compose, with the links that the file has values for, or None.
        continued: For each value carried over, its place in the recipe that is continued.
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
    continued: Mapping[KeyPath, FileOrigin] = field(default_factory=dict)

    @cached_property
    def family(self) -> str | None:
        """Return the model of the family for its choices, or None."""
        return rule_book(self.libraries).family_of(self.report.choices)

    @cached_property
    def _active(self) -> ActiveRules:
        if self.family is None:
            return ActiveRules((), (), ())
        return active_rules(rule_book(self.libraries), self.report.choices, self.family)

    @cached_property
    def resolved(self) -> tuple[dict[str, Any], dict[KeyPath, LinkProblem]]:
        """Return the recipe with links resolved, and the problems of links by path.

        Values from the environment are replaced by their variable's name.
        """
        resolved, problems = self.scope.resolve()
        return redact(resolved, self.scope.environment), problems

    def leaves(self, below: KeyPath = ()) -> Iterator[KeyPath]:
        """Yield the path of each value at or below a key, in order; a list counts as one value."""
        for path in walk(self.scope.recipe) if not _in_list(below) else self._there:
            if path[: len(below)] == below and not _is_section(self.scope, path):
                yield path

    @property
    def _there(self) -> Iterator[KeyPath]:
        """Yield the path of each key with a history that wasn't removed, also within lists."""
        return (path for path, history in self.made.items() if not history[-1].removed)

    def leaves_ever(self) -> list[KeyPath]:
        """Return the paths of values, and of removed ones next to their siblings."""
        paths = list(self.leaves())
        present = set(walk(self.scope.recipe))
        for path, history in self.made.items():
            item = isinstance(path[-1], int)  # a list counts as one here too
            if path not in present and history[-1].removed and not item:
                shared = [_shared(path, other) for other in paths]
                most = max(shared, default=0)
                last = len(shared) - shared[::-1].index(most) if most else len(paths)
                paths.insert(last, path)
        return paths

    def composed(self, path: KeyPath) -> Any:
        """Return what a file's first line gives a key, or ``ABSENT``."""
        return value_at((self.source or self).resolved[0], path, ABSENT)

    def is_edited(self, path: KeyPath) -> bool:
        """Return whether a file's key differs from what its first line's command gives."""
        history = self.made.get(path, ())
        return self.command is not None and bool(history) and history[-1].is_edit

    def outermost(self, path: KeyPath, *, gone: bool) -> KeyPath:
        """Return the outermost section, or else the key, that a file lost (``gone``) or added."""
        others = set(walk(self.scope.recipe if gone else (self.source or self).scope.recipe))
        sections = (path[:end] for end in range(1, len(path) + 1) if not _in_list(path[:end]))
        return next((section for section in sections if section not in others), path)

    def says(self, path: KeyPath) -> bool:
        """Return whether there is something to say about a section apart from the keys in it."""
        section = self.explain(path)
        return bool(section.history or section.bearings or section.findings)

    def find(self, key: str) -> KeyPath:
        """Return the path of the key that a short one stands for.

        Raises:
            OverrideError: If it stands for none, or for more than one.
        """
        plain = re.sub(r"\[(\d+)\]", r".\1", key)  # an item of a list, as OmegaConf writes it too
        path = path_of(plain)
        family_keys = families.keys(self.family) if self.family else ()
        present = list(walk(self.scope.recipe))
        linked = list(walk(self.resolved[0]))  # by links to sections
        set_paths = dict.fromkeys(own[:end] for own in self.made for end in range(len(own), 0, -1))
        for keys in (present, list(self.made), list(set_paths), linked, family_keys):
            meant = leading(matches(path, keys) or positions(path, keys), self.scope)
            if len(meant) > 1:
                raise OverrideError(
                    AmbiguousKey(override=key, key=key, candidates=tuple(map(dotted, meant)))
                )
            if meant:
                return meant[0]
        new = moves_of(self.libraries).key(path)
        if new is not None and new != path:
            return self.find(dotted(new))
        if self.libraries.is_group(key):
            raise OverrideError(GroupNotKey(override=key, key=key))
        for parent in matches(path[:-1], present):
            if beyond := past_the_end(dotted((*parent, path[-1])), self.resolved[0]):
                raise OverrideError(PastTheEnd(override=key, place=beyond))
        candidates = list(dict.fromkeys((*present, *family_keys)))
        book = rule_book(self.libraries)
        alias = key_meant(book, path, book.kinds(self.report.choices), family_keys)
        near = (shortest(alias[0], candidates),) if alias else near_keys(path, candidates)
        methods = () if alias else methods_with(path, book, self.report.choices, is_short=True)
        raise OverrideError(UnknownKey(override=key, key=key, nearest=near, methods=methods))

    def explain(self, path: KeyPath) -> Explanation:
        """Return all that is known about one key."""
        value = value_at(self.resolved[0], path, ABSENT)
        present = value is not ABSENT
        written_path, written = written_at(self.scope.recipe, path)
        whole = whole_of(path)
        about = {dotted(path), dotted(whole)}
        return Explanation(
            key=dotted(path),
            about=families.descriptions(self.family).get(whole, "") if self.family else "",
            present=present,
            value=value if present else None,
            history=self._history(path if path in self.made else written_path, present=present),
            hops=self.link_of(written_path, written) if present else (),
            bearings=tuple(self._bearings(whole)),
            findings=tuple(f for f in self.report.findings if f.is_about(whole, about)),
            continued=None if self.is_edited(path) else self.continued.get(path),
        )

    def _history(self, path: KeyPath, *, present: bool) -> History:
        """Return what set a key; for a section that is gone, what removed it."""
        if present or path in self.made:
            return self.made.get(path, ())
        below = [history for inner, history in self.made.items() if inner[: len(path)] == path]
        return below[-1][-1:] if below else ()

    def link_of(self, path: KeyPath, written: Any) -> tuple[Hop, ...]:
        """Return the hops of a key's links, and of those within a list or mapping.

        For a file, the hops of the link that its value was composed from.
        """
        if isinstance(written, list | Mapping):
            items = written.items() if isinstance(written, Mapping) else enumerate(written)
            inner = (self.link_of((*path, key), item) for key, item in items)
            return tuple(hop for hops in inner for hop in hops)
        history = self.made.get(path, ())
        if self.source is None or contains_link(written) or not history or history[-1].is_edit:
            return tuple(self._hops(path, written, 1, frozenset([path])))
        return self.source.link_of(path, written_at(self.source.scope.recipe, path)[1])

    def _hops(
        self, path: KeyPath, text: Any, depth: int, seen: frozenset[KeyPath]
    ) -> Iterator[Hop]:
        """Yield the hops of the links in a value; ``seen`` ends links that go in a circle."""
        if not contains_link(text):
            return
        try:
            read = targets(self.scope, text, path)
            hops = [self._hop(target, depth) for target in read]
        except (DynamicLinkError, KeyError, IndexError, ValueError, TypeError):
            yield from self._way(path, text, depth, seen)  # what it reads is itself behind a link
            return
        for target, hop in zip(read, hops, strict=True):
            yield hop
            if target.inside and target.path not in seen:
                yield from self._hops(target.path, hop.value, depth + 1, seen | {target.path})

    def _way(self, path: KeyPath, text: Any, depth: int, seen: frozenset[KeyPath]) -> Iterator[Hop]:
        """Yield the hops of a link as it is followed, one link after the other."""
        links, end = self.scope.way(text, path)
        stops = [Target(link.path, inside=True) for link in links]
        for step, stop in enumerate([*stops, end] if end else stops):
            with suppress(KeyError, IndexError, ValueError, TypeError):
                yield self._hop(stop, depth + step)
        last = stops[-1].path if stops else path
        if not end and last not in seen:  # text with links in it
            yield from self._hops(last, links[-1].text, depth + len(stops), seen | {last})

    def _hop(self, target: Target, depth: int) -> Hop:
        tree = self.scope.recipe if target.inside else self.scope.beside
        path = key_path(dotted(target.path), tree)  # with numbers for what is in lists
        origin = origin_in(self.made if target.inside else self.beside, path)
        return Hop(dotted(path), value_at(tree, path), origin, depth)

    @property
    def _open(self) -> Iterator[tuple[Limit, str]]:
        """Yield limits that apply only to options that a file leaves open, with these in words."""
        book, choices = rule_book(self.libraries), self.report.choices
        kinds = book.kinds(choices)
        for limit in book.limits:
            decided = tuple(pair for pair in limit.when.groups if pair[0] in choices)
            undecided = tuple(pair for pair in limit.when.groups if pair[0] not in choices)
            if undecided and When(decided).matches(kinds):
                yield limit, condition(When(undecided))

    def _bearings(self, path: KeyPath) -> Iterator[Bearing]:
        """Yield the limits and rules that apply to a key, those of open options first."""
        keys = families.keys(self.family) if self.family else ()
        for open_limit, when in self._open:
            for short, schema in open_limit.keys:
                if matches(tuple(short.split(".")), keys) == [path]:
                    yield _bearing(open_limit, f"{allowed(schema)} ({when})")
        for limit in self._active.limits:
            if limit.path == path:
                yield _bearing(limit.limit, allowed(limit.schema))
        for needed in self._active.required:
            if needed.path == path:
                yield _bearing(needed.limit, "must be there")
        for rule in self._active.rules:
            if any(rule_path == path for _, rule_path in rule.paths):
                yield _bearing(rule.rule, rule.rule.require)


def explained(recipe: Recipe, libraries: Libraries) -> Explained:
    """Return a composed recipe, ready to be explained."""
    made, beside = replayed(recipe)
    judge = of_recipe(recipe, libraries).judge
    report = of_composed(recipe, check(recipe), libraries)
    return Explained(recipe.scope, made, beside, report, recipe.overrides, libraries, judge)


def written_at(tree: Any, path: KeyPath) -> tuple[KeyPath, Any]:
    """Return a path and what is written there: the key's, or that of the link that brings it."""
    for depth, key in enumerate(path):
        if contains_link(tree):
            return path[:depth], tree
        tree = value_at(tree, (key,), None)
    return path, tree


def _in_list(path: KeyPath) -> bool:
    return any(isinstance(key, int) for key in path)


def _shared(path: KeyPath, other: KeyPath) -> int:
    """Return how many names two paths have in common from the start."""
    return next(
        (i for i, (a, b) in enumerate(zip(path, other, strict=False)) if a != b),
        min(len(path), len(other)),
    )


def _is_section(scope: Scope, path: KeyPath) -> bool:
    value = value_at(scope.recipe, path)
    return isinstance(value, Mapping) and bool(value)


def _bearing(entry: Limit | Rule, text: str) -> Bearing:
    return Bearing(entry.id, entry.library, text, entry.severity, entry.because, entry.source)
