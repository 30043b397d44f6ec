"""Recipes alike: of files that say nearly the same, most are found to have no finding at once.

What a check looks at in a file without links is: which keys there are, the types of their values,
the values of the few keys that tell the choices, and, for each limit and rule that then holds, the
values of the keys that it is about. So once a file was checked and has no finding, another one with
the same keys, types and choices has none either if no limit or rule refuses its values. A verdict
on values that come again is kept. Whatever differs otherwise is for the check itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from hydra_recipes.checking.recipe_file import choices_known, groups_in
from hydra_recipes.checking.recognition import recognise
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.composing.plain_override import read_plain
from hydra_recipes.documents.document import Document, mount_of
from hydra_recipes.documents.header import command_in
from hydra_recipes.documents.skeleton import (
    NotPlainError,
    Skeleton,
    apart,
    places_of,
    plain_value,
)
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Report
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.evaluation import ActiveRules, active_rules, evaluate
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.misplaced import HYDRA
from hydra_recipes.rules.model import RuleBook, Schema
from hydra_recipes.tree import value_at

_MOST_KEPT = 10_000
"""How many values, choices and verdicts of one kind are kept."""
_MOST_SHAPES = 100
"""How many skeletons are known at a time."""
_MOST_PROOFS = 50
"""How many combinations of types and choices are known of one skeleton."""
_Choices = tuple[tuple[str, str], ...]
"""Group and option of each choice."""
Texts = tuple[str, ...]
"""The text of each line's value."""


class Alike:
    """The files without a finding that were checked, to tell others that have none either.

    Args:
        libraries: The libraries whose rules hold; these don't change meanwhile.
        known: Choices that the user typed, as overrides of groups.
    """

    def __init__(self, libraries: Libraries, known: tuple[ParsedOverride, ...]) -> None:
        self._libraries = libraries
        self._known = known
        self._seen: set[Skeleton] = set()
        self._shapes: dict[Skeleton, _Shape] = {}
        self._choices = lru_cache(_MOST_KEPT)(self._choices_with)
        self._sets_key = lru_cache(_MOST_KEPT)(self._only_sets_key)
        self._is_group = lru_cache(_MOST_KEPT)(libraries.is_group)
        self._value = lru_cache(_MOST_KEPT)(plain_value)
        self._tells = lru_cache(_MOST_KEPT)(self._told_by)

    def report(self, text: str, file: str) -> Report | None:
        """Return the report on a file that surely has no finding; None if only a check can say.

        Args:
            text: Its text.
            file: What the report calls it.
        """
        parts = apart(text)
        shape = self._shapes.get(parts[0]) if parts else None
        if parts is None or shape is None:
            return None
        try:
            values = list(map(self._value, parts[1]))
        except NotPlainError:
            return None
        proof = shape.proofs.get(self._key(text, shape, parts[1], values))
        if proof is None or not proof.holds(parts[1], values):
            return None
        return replace(proof.report, subject=file)

    def learn(self, document: Document, report: Report) -> None:
        """Keep what a file that was checked says about others, if it has no finding."""
        parts = None if report.findings or mount_of(document) else apart(document.text)
        if parts is None:
            return
        skeleton, texts = parts
        if skeleton not in self._seen:  # only what comes again is worth the work
            if len(self._seen) >= _MOST_SHAPES:
                self._seen.clear()
                self._shapes.clear()
            self._seen.add(skeleton)
            return
        try:
            values = list(map(self._value, texts))
            if skeleton not in self._shapes:
                places = places_of(document)
                if places is None:
                    return
                self._shapes[skeleton] = _Shape(places, self._telling)
        except NotPlainError:
            return
        shape = self._shapes[skeleton]
        key = self._key(document.text, shape, texts, values)
        if key not in shape.proofs:
            if len(shape.proofs) >= _MOST_PROOFS:
                shape.proofs.clear()
            hints = dict(self._known_beside(document.text))
            shape.proofs[key] = self._proof(document.tree, hints, shape.places, report)

    @cached_property
    def _book(self) -> RuleBook:
        return rule_book(self._libraries)

    @cached_property
    def _telling(self) -> Mapping[str, Sequence[Schema]]:
        return _telling_schemas(self._book)

    def _key(self, text: str, shape: _Shape, texts: Texts, values: Sequence[Any]) -> Any:
        """Return all of a file that its choices, and the fit of its shape, depend on."""
        told = tuple([self._tells(name, texts[line]) for line, name in shape.telling])
        return self._known_beside(text), told, tuple(map(type, values))

    def _told_by(self, name: str | None, text: str) -> Any:
        """Return which choices the value of a key may tell: all of it where that is no one's."""
        if name is None:
            return text
        return tuple(satisfies(self._value(text), schema) for schema in self._telling[name])

    def _known_beside(self, text: str) -> _Choices:
        """Return the choices known beside a file; few words of its command choose."""
        command = command_in(text)
        if command is None:
            return self._choices(None)
        others = tuple(word for word in command.overrides if not self._sets_key(word))
        understood = all("=" in word and word[-1] != "=" for word in others)
        return self._choices(others if understood else command.overrides)

    def _choices_with(self, overrides: tuple[str, ...] | None) -> _Choices:
        """Return the choices that are known beside a file whose command has some overrides."""
        groups = None if overrides is None else groups_in(overrides, self._libraries)
        return tuple(choices_known(groups, self._libraries, self._known).items())

    def _only_sets_key(self, word: str) -> bool:
        """Return whether an override surely sets a key, and means that in any command."""
        override = read_plain(word, word)
        return (
            override is not None
            and not override.sweeps
            and override.key.partition(".")[0] != HYDRA
            and self._book.now.group(override.key) == override.key
            and not self._is_group(override.key)
        )

    def _proof(
        self,
        tree: Mapping[str, Any],
        hints: Mapping[str, str],
        places: Sequence[KeyPath],
        report: Report,
    ) -> _Proof:
        """Return the proof that files of a key have no finding.

        Args:
            tree: The recipe of one of them.
            hints: The choices that are known beside it.
            places: Where the value of each line stands.
            report: The report on it.
        """
        recognised = recognise(self._book, tree, hints, default_choices(self._libraries))
        scratch = _Scratch(tree, places)
        verdicts: dict[Any, _Verdict] = {}
        candidates: dict[Any, tuple[_Verdict, ...]] = {}
        for choices in recognised.candidates:
            family = self._book.family_of(choices)
            if family and families.outline(family).fits(tree):
                active = active_rules(self._book, choices, family)
                marks = []
                for lines, rules in _by_lines(active, scratch).items():
                    marks.append((family, lines, frozenset(rules)))
                    if marks[-1] not in verdicts:  # candidates have nearly all in common
                        every = tuple(rules.values())
                        verdicts[marks[-1]] = _Verdict(every, family, lines, scratch)
                candidates[family, active.ids] = tuple(map(verdicts.__getitem__, marks))
        return _Proof(report, tuple(candidates.values()))


class _Shape:
    """What is known of the files with one skeleton.

    Attributes:
        places: Where the value of each line stands.
        telling: The lines whose values may tell choices, each with the name of its key; None if
            they are only part of what tells one.
        proofs: The proofs, by what these tell, the types of all values and the choices known
            beside.
    """

    def __init__(self, places: tuple[KeyPath, ...], telling: Container[str]) -> None:
        self.places = places
        self.telling = [
            (line, path[-1] if names == [path[-1]] else None)
            for line, path in enumerate(places)
            if (names := [name for name in path if name in telling])
        ]
        self.proofs: dict[Any, _Proof] = {}


class _Scratch:
    """A recipe whose values are exchanged, to judge them.

    Attributes:
        tree: The recipe.
        places: Where the value of each line stands.
    """

    def __init__(self, tree: Mapping[str, Any], places: Sequence[KeyPath]) -> None:
        self.tree = copy.deepcopy(tree)
        self.places = places
        self._parents = [value_at(self.tree, path[:-1]) for path in places]
        self._lines_in: dict[KeyPath, list[int]] = {}
        for line, path in enumerate(places):
            for length in range(1, len(path) + 1):
                self._lines_in.setdefault(path[:length], []).append(line)

    def lines(self, paths: Iterable[KeyPath]) -> tuple[int, ...]:
        """Return the lines whose values stand at one of some keys, or in one."""
        return tuple(sorted({line for path in paths for line in self._lines_in.get(path, ())}))

    def put(self, lines: Iterable[int], values: Sequence[Any]) -> None:
        """Exchange the values of some lines for those of another file."""
        for line in lines:
            self._parents[line][self.places[line][-1]] = values[line]


class _Verdict:
    """Whether limits and rules about the values of the same lines hold, for values seen so far."""

    def __init__(
        self,
        every: Sequence[ActiveRules],
        family: str,
        lines: tuple[int, ...],
        scratch: _Scratch,
    ) -> None:
        self._every = every
        self._family = family
        self._lines = lines
        self._scratch = scratch
        self._texts = _those(lines)
        self._known: dict[Any, bool] = {}

    def on(self, texts: Texts, values: Sequence[Any]) -> bool:
        """Return whether none of them refuses a file's values."""
        own = self._texts(texts)
        verdict = self._known.get(own)
        if verdict is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            verdict = self._known[own] = self._judged(values)
        return verdict

    def _judged(self, values: Sequence[Any]) -> bool:
        self._scratch.put(self._lines, values)
        try:
            return not any(
                finding
                for rules in self._every
                for finding in evaluate(rules, self._scratch.tree, frozenset(), self._family)
            )
        except LibraryError:  # the check raises it
            return False


class _Proof:
    """What is left to show of a file whose keys, types and choices are those of another.

    Attributes:
        report: The report on the other one.
    """

    def __init__(self, report: Report, candidates: Sequence[Sequence[_Verdict]]) -> None:
        self.report = report
        self._candidates = candidates

    def holds(self, texts: Texts, values: Sequence[Any]) -> bool:
        """Return whether a file has no finding under one set of choices, and so none at all."""
        return any(
            all(verdict.on(texts, values) for verdict in verdicts) for verdicts in self._candidates
        )


def _by_lines(
    active: ActiveRules, scratch: _Scratch
) -> dict[tuple[int, ...], dict[Any, ActiveRules]]:
    """Return all that holds for a candidate, each by itself, by the lines that it is about."""
    alone: list[tuple[Any, ActiveRules, list[KeyPath]]] = [
        *((one.limit.id, ActiveRules((one,), (), ()), [one.path]) for one in active.limits),
        *((one.limit.id, ActiveRules((), (one,), ()), [one.path]) for one in active.required),
        *(
            (one.rule.id, ActiveRules((), (), (one,)), [path for _, path in one.paths])
            for one in active.rules
        ),
    ]
    by_lines: dict[tuple[int, ...], dict[Any, ActiveRules]] = {}
    for id_, rules, paths in alone:
        kind = (bool(rules.limits), bool(rules.required), id_, *paths)
        by_lines.setdefault(scratch.lines(paths), {})[kind] = rules
    return by_lines


def _telling_schemas(book: RuleBook) -> dict[str, list[Schema]]:
    """Return by last name what the values of keys that tell choices are held against."""
    conditions = [
        condition for method in book.methods for told in method.told_by for condition in told
    ]
    conditions += [key for limit in book.limits if limit.identifies for key in limit.keys]
    by_name: dict[str, list[Schema]] = {}
    for short, schema in conditions:
        if not isinstance(schema, bool):
            by_name.setdefault(short.rpartition(".")[2], []).append(schema)
    return by_name


def _those(lines: Iterable[int]) -> Callable[[Texts], Any]:
    """Return a function from the texts of all lines to those of some, as one key."""
    wanted = tuple(lines)
    return itemgetter(*wanted) if wanted else lambda _: ()
