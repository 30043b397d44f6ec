"""Mistakes in defaults lists that show where lists meet: found when Hydra has refused to compose.

Hydra says what it refuses in a text only. So what was loaded is gone through again, with the place
of each entry, for what it can't have composed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from hydra_recipes.composing.listed import (
    _NAMED,
    Listed,
    bringing,
    following,
    listed_in,
    place_of,
    refuse,
)
from hydra_recipes.composing.provenance import Source
from hydra_recipes.files import content_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.entries import OPEN, Entry
from hydra_recipes.library.model import PRIMARY, Libraries
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.tree import nearest

SKIPPED = "skipped-entry"
"""The rule id of what is said of an optional entry that brings nothing."""


def find_mistake(
    libraries: Libraries, loaded: Iterable[str], missing: str | None, chosen: Collection[str]
) -> None:
    """Refuses the first mistake in the defaults lists that were loaded; there may be none.

    Args:
        libraries: The libraries.
        loaded: The names of the configs that Hydra loaded, in that order.
        missing: The config that it looked for in vain, if there is one.
        chosen: The groups that overrides are about.

    Raises:
        LibraryError: With the place of the entry.
    """
    listed = [one for config in loaded for one in listed_in(libraries, config)]
    if libraries.primary == PRIMARY:
        _check_hydra(listed)
    known = {*chosen, *(group for one in bringing(listed) for group in one.groups)}
    _check_primary(libraries, listed)
    _check_left_out(libraries, listed, {name for _, name in following(listed)})
    if missing is not None:
        _check_missing(libraries, listed, missing)
    _check_outside(listed)
    _check_open(libraries, listed, chosen)
    _check_links(listed, known)
    _check_twice(listed)
    _check_overrides(libraries, listed, known)
    _check_late(listed)
    _check_early(libraries, listed)


def find_unasked(libraries: Libraries, sources: Iterable[Source], missing: Collection[str]) -> None:
    """Refuses an entry that Hydra took and that leaves no recipe, or one recipe in another.

    Args:
        libraries: The libraries.
        sources: What was composed.
        missing: The groups of which a recipe needs an option and has none.

    Raises:
        LibraryError: With the place of the entry.
    """
    listed = [one for source in sources for one in listed_in(libraries, source.config)]
    _check_primary(libraries, listed)
    _check_left_out(libraries, listed, missing)


def _check_left_out(
    libraries: Libraries, listed: Iterable[Listed], groups: Collection[str]
) -> None:
    for one in listed:
        left = next((name for name in one.groups if name in groups), None)
        if left and one.entry.is_override and not one.entry.options and not one.entry.is_list:
            write = _line(one.entry._replace(options=("OPTION",)), one.entry.group)
            refuse("group-left-out", one, group=left, write=write, options=libraries.options(left))


def skipped(libraries: Libraries, sources: Iterable[Source]) -> Iterator[Finding]:
    """A finding for each optional entry that brings nothing and is nearly the name of something.

    Hydra passes over it; that is what ``optional`` is for, so anything else is left alone, and so
    is a primary config.
    """
    for source in sources:
        if "/" not in source.config:
            continue
        try:
            asks = b"optional" in content_of(str(source.path))
        except OSError:  # it is gone since it was composed
            continue
        for one in listed_in(libraries, source.config) if asks else ():
            optional = one.entry.keyword == "optional" and "${" not in one.entry.group
            for option in one.entry.options if optional else ():
                ways = one.whole(f"{one.entry.group}/{option}")
                if option == OPEN or "${" in option or any(map(libraries.config_file, ways)):
                    continue
                if write := _meant(libraries, one, option):
                    data = {"option": ways[0], "write": write}
                    assert isinstance(one.origin, FileOrigin)
                    file = f"{source.library}:{source.config}.yaml"
                    place = one.origin._replace(file=file, path=source.path)
                    yield Finding("warning", SKIPPED, SKIPPED, origin=place, data=data)


def _meant(libraries: Libraries, one: Listed, option: str) -> str:
    """What to write for an optional entry that brings nothing; empty if nothing is like it."""
    name = one.entry.group.lstrip("/")
    whole = next(filter(libraries.is_group, one.groups), None)
    groups = [name, *nearest(name, libraries.groups())] if whole is None else []
    group = next((there for there in groups if libraries.option_file(there, option)), None)
    near = nearest(option, libraries.options(whole)) if whole else ()
    if group is None and not near:
        return ""
    meant = near[0] if near else option
    options = tuple(
        dict.fromkeys(meant if other == option else other for other in one.entry.options)
    )
    written = f"/{group}" if group else one.entry.group
    return _line(one.entry._replace(options=options), written)


def find_clash(sources: Sequence[Source]) -> None:
    """Refuses a list where other files have a mapping, or a mapping where they have a list.

    Raises:
        LibraryError: With the place in the later file.
    """
    kinds: dict[KeyPath, tuple[type, str]] = {}
    for source in sources:
        document = read_file(source.path)
        mount = tuple(source.package.split(".")) if source.package else ()
        for path, value in _nodes(document.tree if document else None):
            assert document is not None
            now, there = type(value), kinds.get((*mount, *path))
            origin = document.origin(path, key=True)
            if there and {now, there[0]} == {dict, list}:
                data = {"key": dotted((*mount, *path)), "other": there[1], "is_list": now is list}
                raise LibraryError("list-and-mapping", origin, file=str(source.path), **data)
            if value is not None and value != OPEN:
                line = origin.line if origin else 1
                kinds[(*mount, *path)] = (now, f"{source.config}.yaml:{line}")


def _nodes(node: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in node.items() if isinstance(node, dict) else ():
        if at or key != "defaults":
            yield (*at, key), value
            yield from _nodes(value, (*at, key))


def _check_missing(libraries: Libraries, listed: Sequence[Listed], missing: str) -> None:
    for one in listed:
        for option in one.entry.options:
            name = f"{one.entry.group}/{option}" if one.entry.group else option
            if any(_fits(way, missing) for way in one.whole(name)):
                write = _from_the_top(libraries, one.entry, option)
                group, _, last = missing.rpartition("/")
                known = libraries.options(group) if libraries.is_group(group) else ()
                near = [f"{group}/{other}" for other in nearest(last, known)]
                if not known:
                    near = [f"{one}/{last}" for one in nearest(group, libraries.groups())]
                data = {"option": missing, "nearest": near, "write": write}
                group = group if known else ""
                refuse("nothing-to-extend", one, group=group, **data)


def _check_primary(libraries: Libraries, listed: Iterable[Listed]) -> None:
    """Refuses the primary config as an option: it would bring all that is there once more."""
    for one in listed:
        names = [name.removesuffix(".yaml") for name in one.entry.options if not one.entry.group]
        if f"/{libraries.primary}" in names:
            refuse("primary-as-option", one, primary=libraries.primary)


def _check_outside(listed: Iterable[Listed]) -> None:
    """Refuses what leads out of the library, which Hydra 1.4 doesn't even look for."""
    for one in listed:
        for option in one.entry.options:
            if ".." in f"{one.entry.group}/{option}".split("/"):
                refuse("outside-library", one, library=one.config)


def _fits(written: str, missing: str) -> bool:
    """Whether what is written, with links to other choices in it, may have been what was missed."""
    if "${" not in written:
        return written == missing
    parts = map(re.escape, re.split(r"\$\{[^}]*\}", written))
    return re.fullmatch(".*".join(parts), missing) is not None


def _from_the_top(libraries: Libraries, entry: Entry, option: str) -> str:
    """What to write if a slash was forgotten, or a colon; empty if neither was."""
    if entry.group:
        forgotten = not entry.group.startswith("/") and libraries.is_group(entry.group)
        return _line(entry, f"/{entry.group}") if forgotten else ""
    words = option.split()
    keyword = f"{words[0]} " if len(words) > 1 and words[0] in ("optional", "override") else ""
    group, sign, name = (words[-1] if keyword else option).partition("=")
    if not sign:
        group, sign, name = group.partition(":")
    if not sign and keyword:
        group, sign, name = group.rpartition("/")
    group, name = group.strip(" /"), name.strip()
    if sign and libraries.is_group(group):
        return f"- {keyword}/{group}: {name}"
    forgotten = (
        not sign
        and "/" in option.lstrip("/")
        and option[0] != "/"
        and libraries.config_file(option) is not None
    )
    return f"- /{option}" if forgotten else ""


def _line(entry: Entry, group: str) -> str:
    """An entry of another group, as it is written in a list."""
    package = f"@{entry.package}" if entry.package else ""
    keyword = f"{entry.keyword} " if entry.keyword else ""
    options = ", ".join(entry.options)
    return f"- {keyword}{group}{package}: {f'[{options}]' if entry.is_list else options}"


def _check_open(libraries: Libraries, listed: Sequence[Listed], chosen: Collection[str]) -> None:
    overriding = [one for one in listed if one.entry.is_override]
    settled = {*chosen}
    for one in [*overriding, *bringing(listed)]:
        if one.entry.options != (OPEN,):
            settled.update(one.groups if one.entry.is_override else ())
        elif settled.isdisjoint(one.groups):
            group = next(filter(libraries.is_group, one.groups), one.groups[0])
            key = f"{group}@{one.entry.package}" if one.entry.package else group
            refuse("open-group", one, group=group, key=key, options=libraries.options(group))


def _check_links(listed: Sequence[Listed], known: Collection[str]) -> None:
    for one in listed:
        for option in one.entry.options:
            for name in _NAMED.findall(option):
                if name not in known:
                    near = nearest(name, known)
                    refuse("unknown-group-in-defaults", one, name=name, nearest=near)
                several = [two for two in listed if two.entry.is_list and name in two.groups]
                if several:
                    two = several[0]
                    single = two.entry._replace(options=two.entry.options[:1], is_list=False)
                    write = _line(single, two.entry.group)
                    refuse("several-for-a-link", two, group=name, other=place_of(one), write=write)


def _check_twice(listed: Sequence[Listed]) -> None:
    first: dict[Any, Listed] = {}
    for one in bringing(listed):
        if one.entry.is_list:
            continue
        mark = (one.groups[0], one.entry.package, one.package)
        there = first.setdefault(mark, one)
        if there is not one:
            write = "" if there.config == one.config else _overriding(one)
            refuse("group-twice", one, group=one.groups[0], other=place_of(there), write=write)


def _overriding(one: Listed) -> str:
    return _line(one.entry._replace(keyword="override"), f"/{one.groups[0]}")


def _check_overrides(
    libraries: Libraries, listed: Sequence[Listed], known: Collection[str]
) -> None:
    """Refuses an override of a group of which no list that was loaded brings an option."""
    for one in listed:
        entry = one.entry
        if not entry.is_override or entry.group.lstrip("/").startswith("hydra/"):
            continue
        if set(one.groups).isdisjoint(known):
            if not entry.group.startswith("/") and entry.group in known:
                write = _line(entry, f"/{entry.group}")
            elif any(map(libraries.is_group, one.groups)):
                write = _line(entry._replace(keyword=""), entry.group)
            else:
                near = nearest(entry.group.lstrip("/"), known)
                write = _line(entry, f"/{near[0]}") if near else ""
            refuse("nothing-to-override", one, group=one.groups[0], write=write)
        same = [b for b in bringing(listed) if set(b.groups) & set(one.groups)]
        packages = {b.entry.package for b in same}
        if same and entry.package not in packages:
            write = _line(entry._replace(package=min(packages)), entry.group)
            whole = f"{one.groups[0]}@{entry.package}" if entry.package else one.groups[0]
            refuse("nothing-to-override", one, group=whole, write=write)


def _check_late(listed: Sequence[Listed]) -> None:
    """Refuses an override in an option that follows from other choices: it comes too late."""
    following = [
        way
        for one in listed
        for option in one.entry.options
        if "${" in option
        for way in one.whole(f"{one.entry.group}/{option}" if one.entry.group else option)
    ]
    for one in listed:
        if one.entry.is_override and any(_fits(way, one.config) for way in following):
            refuse("late-override", one, group=one.groups[0])


def _check_early(libraries: Libraries, listed: Sequence[Listed]) -> None:
    """Refuses a link in a list that is read before the choice it leads to is made."""
    for one in listed:
        names = [name for option in one.entry.options for name in _NAMED.findall(option)]
        if names and not one.entry.group:
            group, _, option = one.entry.options[0].rpartition("/")
            refuse("link-in-entry", one, write=f"- {group or 'GROUP'}: {option}")
        if names and one.config != libraries.primary:
            refuse("early-link", one, name=names[0], primary=libraries.primary)


def _check_hydra(listed: Sequence[Listed]) -> None:
    """Refuses what chooses among settings of Hydra's own, which a recipe has none of."""
    for one in listed:
        name = one.entry.group or next(iter(one.entry.options), "")
        if name.lstrip("/").startswith("hydra/"):
            refuse("hydra-in-defaults", one, group=name.lstrip("/"))
