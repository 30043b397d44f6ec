"""Catalogue of the groups and options to choose from, with the limits and offers that name them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.messages.choices import UnknownOption
from hydra_recipes.findings.messages.offers import NOTHING, UnknownSubject
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.entries import entries_of, settings_in
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import package_of
from hydra_recipes.library.reading import about_option, load_yaml, read_text, unusable
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.allowed import allowed
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.misplaced import is_misplaced
from hydra_recipes.rules.model import Limit, RuleBook, When
from hydra_recipes.rules.offers import METHOD, offered_groups
from hydra_recipes.text import one_of, spell
from hydra_recipes.tree import MOUNT, key_of, leaves, matches, nearest


@dataclass(frozen=True)
class OptionLine:
    """An option in a list.

    Attributes:
        name: Its name.
        about: Its file's description of it.
        offered: For a method: each other group with the options that it is offered with.
    """

    name: str
    about: str | None
    offered: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class GroupEntry:
    """A group: its purpose, its options, and its default option."""

    name: str
    about: str
    derived: bool
    default: str | None
    options: tuple[OptionLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the entry as ``recipe list --json`` shows it."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class LimitLine:
    """A limit that names an option: a key, what is allowed, and the other choices it needs."""

    id: str
    key: str
    allowed: str
    severity: str
    when: str
    because: str
    source: str


@dataclass(frozen=True)
class RuleLine:
    """A rule that names an option: its message, and the other choices it needs."""

    id: str
    message: str
    severity: str
    when: str
    because: str
    source: str


@dataclass(frozen=True)
class OptionEntry:
    """An option: what its file sets and brings, its offers, and its limits.

    Attributes:
        group: The group.
        name: The option.
        about: The description in its file.
        library: The library it comes from.
        file: The path of its file in that library.
        sets: Key to value, as the file writes them.
        brings: Group to the option, or list of options, that it brings along; None for a group that
            it removes.
        offers: The combinations it is offered in: for each other group, the options.
        limits: The limits that name it.
        rules: The rules that name it.
        related: Derived options, as ``group/option``, that come with it and have limits of their
            own.
    """

    group: str
    name: str
    about: str | None
    library: str
    file: str
    sets: dict[str, str]
    brings: dict[str, str | None]
    offers: tuple[dict[str, tuple[str, ...]], ...]
    limits: tuple[LimitLine, ...]
    rules: tuple[RuleLine, ...]
    related: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the entry as ``recipe list --json`` shows it."""
        return dataclasses.asdict(self)


def group_entries(libraries: Libraries) -> list[GroupEntry]:
    """Return every group: in the order in which libraries describe them, then by name."""
    described = [group.name for group in rule_book(libraries).groups]
    present = libraries.groups()
    names = [name for name in dict.fromkeys(described) if name in present]
    names += [name for name in present if name not in described]
    return [group_entry(libraries, name) for name in names]


def group_entry(libraries: Libraries, name: str) -> GroupEntry:
    """Return the entry of one group."""
    described = {group.name: group for group in rule_book(libraries).groups}.get(name)
    default = default_choices(libraries).get(name)
    options = []
    for option in libraries.options(name):
        file = libraries.option_file(name, option)
        offered = _offered_with(rule_book(libraries), option) if name == METHOD else {}
        options.append(OptionLine(option, about_option(file) if file else None, offered))
    return GroupEntry(
        name=name,
        about=described.about if described else "",
        derived=described.derived if described else False,
        default=None if default is None or "${" in default else default,
        options=tuple(options),
    )


def _offered_with(book: RuleBook, method: str) -> dict[str, tuple[str, ...]]:
    """Return the groups to choose in for a method, each with the options that are offered."""
    options_by_group: dict[str, dict[str, None]] = {}
    for offer in (dict(offer.groups) for offer in book.offers):
        if method in offer.get(METHOD, ()):
            for group, options in offer.items():
                options_by_group.setdefault(group, {}).update(dict.fromkeys(options))
    return {
        group: tuple(options_by_group[group])
        for group in offered_groups(book)
        if group in options_by_group
        and group not in {METHOD, *book.derived}
        and set(options_by_group[group]) != {NOTHING}
    }


def resolve_subject(libraries: Libraries, subject: str) -> tuple[str, str | None]:
    """Return the group and option (or None) that ``GROUP[/OPTION]`` or ``GROUP=OPTION`` names.

    Raises:
        RecipeError: If there is no such group or option.
    """
    groups = libraries.groups()
    # A name and no override, though it may be typed like one.
    group, _, option = subject.replace("=", "/", 1).lstrip("+").partition("/")
    moves = moves_of(libraries)
    group = group if group in groups else moves.group(group)
    option = option if option in libraries.options(group) else moves.option(group, option)
    if group not in groups:
        # The subject may be an option without its group, or a misspelled group.
        derived = rule_book(libraries).derived
        chosen = [name for name in groups if name not in derived]
        near = [f"{name}/{subject}" for name in chosen if subject in libraries.options(name)]
        near = near or list(nearest(group, chosen) or nearest(group, groups))
        near = [f"{name}/{option}" for name in near if option in libraries.options(name)] or near
        path = tuple(subject.split("."))
        shapes = (families.keys(family.model) for family in rule_book(libraries).families)
        is_key = any(matches(path, keys) for keys in shapes)
        raise RecipeError(UnknownSubject(name=subject, nearest=near, is_key=is_key))
    options = libraries.options(group)
    if option and option not in options:
        near = list(nearest(option, options))
        raise RecipeError(UnknownOption(group=group, option=option, nearest=near, options=options))
    return group, option or None


def option_entry(libraries: Libraries, group: str, name: str) -> OptionEntry:
    """Return the entry of one option."""
    book = rule_book(libraries)
    members = libraries.members
    library = next(member for member in members if member.option_file(group, name) is not None)
    file = library.option_file(group, name)
    assert file is not None
    content, text = load_yaml(file), read_text(file)
    if not isinstance(content, dict):
        raise unusable(file, TypeError("not a mapping"))
    all_offers = [dict(offer.groups) for offer in book.offers]
    offered = book.offered_as({group: name})[group]
    offers = [offer for offer in all_offers if offered in offer.get(group, ())]
    kinds = {(group, kind) for kind in book.kinds_of(group, name)}
    derived = book.derived
    limited = {pair for limit in book.limits for pair in _pairs(limit.when)}
    related = (
        f"{other}/{option}"
        for offer in offers
        for other in derived & set(offer) - {group}
        for option in offer[other]
        if (other, option) in limited
    )
    return OptionEntry(
        group=group,
        name=name,
        about=about_option(file),
        library=library.name,
        file=file.relative_to(library.root).as_posix(),
        sets=dict(_sets(content, package_of(text, f"{group}/{name}"), libraries)),
        brings=dict(_brought(content, group)),
        offers=tuple(
            {
                other: options
                for other, options in offer.items()
                if other != group and other not in derived
            }
            for offer in offers
        ),
        limits=tuple(_limit_lines(book, group, kinds)),
        rules=tuple(
            RuleLine(
                rule.id,
                rule.message,
                rule.severity,
                condition(rule.when, group),
                rule.because,
                rule.source,
            )
            for rule in book.rules
            if kinds & _pairs(rule.when)
        ),
        related=tuple(dict.fromkeys(related)),
    )


def bounds(limit: Limit) -> dict[str, str]:
    """Return the keys of a limit, each with what is allowed, in words."""
    keys = {key: allowed(schema) for key, schema in limit.keys}
    for key in limit.required:
        keys[key] = "must be there" if key not in keys else f"{keys[key]}, and must be there"
    if limit.links:
        keys["links"] = limit.links
    return keys


def _limit_lines(book: RuleBook, group: str, kinds: set[tuple[str, str]]) -> Iterator[LimitLine]:
    """Yield a line for each key of each limit that names one of these options of a group."""
    for limit in book.limits:
        if not kinds & _pairs(limit.when):
            continue
        for key, text in bounds(limit).items():
            when = condition(limit.when, group)
            why = (limit.because, limit.source)
            yield LimitLine(limit.id, key, text, limit.severity, when, *why)


def _brought(content: Mapping[str, Any], group: str) -> Iterator[tuple[str, str | None]]:
    """Yield group and option of each other option that a file's defaults list names.

    An entry that makes no sense is left out here; composing reports it.
    """
    for entry in entries_of(content):
        value = entry.value
        text = f"[{','.join(map(str, value))}]" if entry.is_list else str(value)
        if entry.group:
            yield entry.name.removeprefix("/"), None if value is None else text
        else:
            written = f"{text}{entry.name}"
            name, _, option = written.removeprefix("/").partition("/")
            yield (name, option) if written.startswith("/") else (group, written)


def _pairs(when: When) -> set[tuple[str, str]]:
    """Return every group and option that a ``when`` names."""
    return {(group, option) for group, options in when.groups for option in options}


def condition(when: When, group: str = "") -> str:
    """Return in words for which choices an entry holds; those of one group are left out."""
    others = [(name, options) for name, options in when.groups if name != group]
    return ", ".join(f"{name}={one_of(options)}" for name, options in others)


def _sets(
    content: Mapping[str, Any], package: KeyPath, libraries: Libraries
) -> Iterator[tuple[str, str]]:
    """Yield key and value of what a file sets in a recipe, or beside it where a link reads it."""
    for path, value in leaves(settings_in(content)):
        whole = (*package, *path)
        beside = whole[0] != MOUNT
        if not (beside and is_misplaced(path, package, rule_book(libraries), libraries)):
            yield key_of(whole), spell(value)
