"""Catalogue: what the libraries have to choose from, with the limits and offers that bear on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hydra_recipes.errors import RecipeError
from hydra_recipes.library import Libraries, about_option, load_yaml
from hydra_recipes.links.resolver import MOUNT
from hydra_recipes.overrides import nearest
from hydra_recipes.rules.keywords import allowed, spell
from hydra_recipes.rules.loading import rule_book
from hydra_recipes.rules.model import When


@dataclass(frozen=True)
class OptionLine:
    """An option in a list: its name and what it says of itself."""

    name: str
    about: str | None


@dataclass(frozen=True)
class GroupEntry:
    """A group: what it is for, its options, and the one that holds by default."""

    name: str
    about: str
    derived: bool
    default: str | None
    options: tuple[OptionLine, ...]

    def as_json(self) -> dict[str, Any]:
        """The entry as ``recipe list --json`` shows it."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class LimitLine:
    """A limit that names an option: on which key, what is allowed, under which other choices."""

    id: str
    key: str
    allowed: str
    severity: str
    when: str
    because: str


@dataclass(frozen=True)
class OptionEntry:
    """An option: what its file sets and brings, with what it is offered, and its limits."""

    group: str
    name: str
    about: str | None
    library: str
    file: str
    sets: dict[str, str]
    brings: dict[str, str]
    offers: tuple[str, ...]
    limits: tuple[LimitLine, ...]

    def as_json(self) -> dict[str, Any]:
        """The entry as ``recipe list --json`` shows it."""
        return dataclasses.asdict(self)


def group_entries(shelf: Libraries) -> list[GroupEntry]:
    """Every group, in the order in which the libraries describe them, then by name."""
    described = [group.name for group in rule_book(shelf).groups]
    present = shelf.groups()
    names = [name for name in dict.fromkeys(described) if name in present]
    names += [name for name in present if name not in described]
    return [group_entry(shelf, name) for name in names]


def group_entry(shelf: Libraries, name: str) -> GroupEntry:
    """One group."""
    described = {group.name: group for group in rule_book(shelf).groups}.get(name)
    default = shelf.defaults().get(name)
    options = []
    for option in shelf.options(name):
        file = shelf.option_file(name, option)
        options.append(OptionLine(option, about_option(file) if file else None))
    return GroupEntry(
        name=name,
        about=described.about if described else "",
        derived=described.derived if described else False,
        default=None if default is None or "${" in default else default,
        options=tuple(options),
    )


def resolve_subject(shelf: Libraries, subject: str) -> tuple[str, str | None]:
    """The group, or group and option, that ``GROUP[/OPTION]`` names; ``GROUP=OPTION`` works too.

    Raises:
        RecipeError: If there is no such thing.
    """
    if subject in shelf.groups():
        return subject, None
    group, _, option = subject.replace("=", "/", 1).partition("/")
    if group not in shelf.groups():
        raise RecipeError("unknown-subject", name=subject, nearest=nearest(group, shelf.groups()))
    if shelf.option_file(group, option) is None:
        near = tuple(f"{group}/{name}" for name in nearest(option, shelf.options(group)))
        raise RecipeError("unknown-subject", name=subject, nearest=near)
    return group, option


def option_entry(shelf: Libraries, group: str, name: str) -> OptionEntry:
    """One option."""
    book = rule_book(shelf)
    library = next(m for m in shelf.members if m.option_file(group, name) is not None)
    file = library.option_file(group, name)
    assert file is not None
    text = file.read_text(encoding="utf-8")
    content = load_yaml(file)
    overridden = [
        (key.removeprefix("override /"), option)
        for entry in content.pop("defaults", [])
        if isinstance(entry, dict)
        for key, option in entry.items()
        if key.startswith("override /")
    ]
    offers = []
    for offer in book.offers:
        groups = dict(offer.groups)
        if name in groups.get(group, ()):
            others = {g: options for g, options in groups.items() if g != group}
            offers.append("  ".join(f"{g}={','.join(options)}" for g, options in others.items()))
    limits = [
        LimitLine(
            limit.id,
            key,
            ("usually " if limit.severity == "warning" else "") + allowed(schema),
            limit.severity,
            _condition(limit.when, group),
            limit.because,
        )
        for limit in book.limits
        if name in dict(limit.when.groups).get(group, ())
        for key, schema in limit.keys
    ]
    return OptionEntry(
        group=group,
        name=name,
        about=about_option(file),
        library=library.name,
        file=str(file.relative_to(library.root)),
        sets=dict(_leaves(content, _package(text))),
        brings={g: str(option) for g, option in overridden},
        offers=tuple(offers),
        limits=tuple(limits),
    )


def _condition(when: When, group: str) -> str:
    others = [(name, options) for name, options in when.groups if name != group]
    return ", ".join(f"{name}={' or '.join(options)}" for name, options in others)


def _package(text: str) -> str:
    for line in text.splitlines():
        if line.startswith("# @package "):
            package = line.removeprefix("# @package ").strip()
            return "" if package == "_global_" else package
    return ""


def _leaves(node: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        here = f"{at}.{key}" if at else key
        if isinstance(value, dict) and value:
            yield from _leaves(value, here)
        else:
            yield here.removeprefix(f"{MOUNT}."), spell(value)
