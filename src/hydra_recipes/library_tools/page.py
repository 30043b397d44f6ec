"""Page: a Markdown description of a library; the same library gives the same page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.library.model import PRESETS, SWEEPS, Libraries, Library, options_by_group
from hydra_recipes.library.reading import read_text
from hydra_recipes.library_tools.markdown import block, code, codes, prose, table
from hydra_recipes.literals import spell_choice
from hydra_recipes.rules.allowed import USUAL
from hydra_recipes.rules.book import own_rules, rule_book
from hydra_recipes.rules.catalogue import (
    GroupEntry,
    OptionEntry,
    bounds,
    condition,
    group_entries,
    option_entry,
)
from hydra_recipes.rules.model import Limit, Rule, RuleBook, When
from hydra_recipes.sources.shadowing import shadows

_APART = (PRESETS, SWEEPS)
"""The groups that have sections of their own."""


def page_of(library: Library, libraries: Libraries) -> str:
    """Return a library's page.

    Args:
        library: The library.
        libraries: The libraries that it is composed with, it among them.

    Raises:
        LibraryError: If a file of it can't be used.
    """
    return "\n".join(_Page(library, libraries).lines())


class _Page:
    """A page that is being written.

    Attributes:
        library: The library.
        libraries: The libraries that it is composed with.
        own_first: The same with the library first, so that its options are the ones described.
        book: The rules of all the libraries.
        own_book: The rules that the library itself has.
        options: Group to options of the library.
    """

    def __init__(self, library: Library, libraries: Libraries) -> None:
        self.library = library
        self.libraries = libraries
        others = (member for member in libraries.members if member != library)
        self.own_first = Libraries((library, *others))
        self.book: RuleBook = rule_book(libraries)
        self.own_book: RuleBook = own_rules(library)
        self.options = {
            group: sorted(options) for group, options in options_by_group(library).items()
        }

    def lines(self) -> Iterator[str]:
        """Yield the page, line by line."""
        name = self.library.name
        yield f"# {prose(name)}"
        yield ""
        yield f"<!-- Written by recipe library docs {name}: change the library, not this page. -->"
        yield ""
        groups = [entry for entry in group_entries(self.own_first) if entry.name in self.options]
        yield from self._groups([entry for entry in groups if entry.name not in _APART])
        yield from self._offers()
        for entry in groups:
            if entry.name not in _APART:
                yield from self._options_of(entry)
        yield from self._presets()
        yield from self._sweeps()
        yield from self._limits()
        yield from self._rules()
        yield from self._others()

    def _groups(self, groups: list[GroupEntry]) -> Iterator[str]:
        chosen = [entry for entry in groups if not entry.derived and entry.default]
        added = [entry for entry in groups if not entry.derived and not entry.default]
        derived = [entry for entry in groups if entry.derived]
        if groups:
            yield from ("## Groups", "")
        for title, entries in (
            ("Choose with `GROUP=OPTION`; what holds otherwise is in bold.", chosen),
            ("Add with `+GROUP=OPTION`:", added),
            ("These follow from the choices, and aren't chosen by hand:", derived),
        ):
            if entries:
                yield from (title, "")
                yield from self._group_table(entries)

    def _group_table(self, groups: list[GroupEntry]) -> Iterator[str]:
        rows = []
        for entry in groups:
            names = [
                f"**{code(option)}**" if option == entry.default else code(option)
                for option in self.options[entry.name]
            ]
            rows.append((code(entry.name), prose(entry.about), ", ".join(names)))
        return table(("group", "what for", "options"), rows)

    def _offers(self) -> Iterator[str]:
        offers = [dict(offer.groups) for offer in self.own_book.offers]
        if not offers:
            return
        derived = self.book.derived
        offered = dict.fromkeys(group for offer in offers for group in offer)
        names = [group for group in offered if group not in derived]
        yield from ("## Offers", "", "What goes together:", "")
        rows = [tuple(codes(offer.get(name, ())) for name in names) for offer in offers]
        yield from table(names, rows)

    def _options_of(self, entry: GroupEntry) -> Iterator[str]:
        yield from (f"## {prose(entry.name)}", "")
        for option in self.options[entry.name]:
            yield from self._option(option_entry(self.own_first, entry.name, option))

    def _option(self, entry: OptionEntry) -> Iterator[str]:
        yield from (f"### {code(f'{entry.group}={entry.name}')}", "")
        if entry.about:
            yield from (prose(entry.about), "")
        if entry.brings:
            brought = [
                f"~{group}" if option is None else f"{group}={option}"
                for group, option in entry.brings.items()
            ]
            yield from (f"Brings {codes(brought)}.", "")
        rows = [(code(key), code(value)) for key, value in entry.sets.items()]
        yield from table(("key", "value"), rows)

    def _presets(self) -> Iterator[str]:
        if PRESETS in self.options:
            yield from ("## Presets", "")
        for name in self.options.get(PRESETS, ()):
            override = spell_choice(PRESETS, name, "+")
            yield from self._heading(PRESETS, name, override)
            try:
                request = read_overrides((override,), self.libraries)
                recipe = compose_request(request, (override,), self.libraries)
                text = recipe.to_yaml()
            except RecipeError:
                command = code(f"recipe compose {override}")
                yield from (f"It can't be composed; {command} says why.", "")
                continue
            report = check_composed(recipe, self.libraries)
            errors = [finding for finding in report.findings if finding.severity == "error"]
            for finding in errors:
                yield f"- Not valid: {prose(finding.message)} ({code(finding.rule)})"
            if errors:
                yield ""
            yield from block(text, "yaml")

    def _sweeps(self) -> Iterator[str]:
        if SWEEPS in self.options:
            yield from ("## Sweeps", "")
        for name in self.options.get(SWEEPS, ()):
            yield from self._heading(SWEEPS, name, spell_choice(SWEEPS, name, "+"))
            file = self.library.root / SWEEPS / f"{name}.yaml"
            lines = read_text(file).split("\n")
            # The heading has said what the first comment says.
            comments = (i for i, line in enumerate(lines) if not line.startswith("#"))
            yield from block("\n".join(lines[next(comments, 0) :]), "yaml")

    def _heading(self, group: str, name: str, override: str) -> Iterator[str]:
        """Yield the heading of a preset or sweep, and what its file says of it."""
        about = option_entry(self.own_first, group, name).about
        yield from (f"### {code(override)}", "")
        if about:
            yield from (prose(about), "")

    def _limits(self) -> Iterator[str]:
        rows: list[tuple[str, tuple[str, ...]]] = []
        for limit in self.own_book.limits:
            rows += [(key, self._limit_row(limit, text)) for key, text in bounds(limit).items()]
        if rows:
            yield from ("## Limits", "")
        rows.sort(key=lambda row: row[0])  # of one key, they stay in the order of the files
        for key, key_rows in groupby(rows, key=lambda row: row[0]):
            yield from (f"### {code(key)}", "")
            head = ("what it may be", "for", "because", "source", "limit")
            yield from table(head, [row for _, row in key_rows])

    def _limit_row(self, limit: Limit, text: str) -> tuple[str, ...]:
        return (
            USUAL.get(limit.severity, "") + prose(text),
            _condition(limit.when),
            prose(limit.because),
            prose(limit.source),
            self._named(limit),
        )

    def _rules(self) -> Iterator[str]:
        if self.own_book.rules:
            yield from ("## Rules", "")
        rows = [
            (
                USUAL.get(rule.severity, "") + code(rule.require),
                _condition(rule.when),
                prose(rule.message),
                prose(rule.because),
                prose(rule.source),
                self._named(rule),
            )
            for rule in self.own_book.rules
        ]
        head = ("what has to hold", "for", "otherwise", "because", "source", "rule")
        yield from table(head, rows)

    def _named(self, entry: Limit | Rule) -> str:
        """Return the id of a limit or rule, and its file in the library."""
        file = Path(entry.file).relative_to(self.library.root).as_posix()
        return f"{code(entry.id)} in {code(file)}"

    def _others(self) -> Iterator[str]:
        """Yield what the library does to others, and its old names."""
        name = self.library.name
        shadowed = [
            (config, other.name)
            for library, other, config in shadows(self.libraries)
            if library == self.library
        ]
        off = [item for item in self.book.off if item.by.library == name]
        moves = self.own_book.moves
        if shadowed or off:
            yield from ("## Other libraries", "")
        places = [(code(config), code(other)) for config, other in sorted(shadowed)]
        yield from table(("takes the place of", "of"), places)
        off_rows = [
            (code(item.entry.id), code(item.entry.library), prose(item.by.because)) for item in off
        ]
        yield from table(("switches off", "of", "because"), off_rows)
        if moves:
            yield from ("## Old names", "")
        yield from table(("old", "now"), [(code(move.old), code(move.new)) for move in moves])


def _condition(when: When) -> str:
    """Return what a limit or rule is for, as Markdown; ``all`` if it has no condition."""
    return prose(condition(when)) or "all"
