"""Mistakes in defaults lists that show only where lists meet.

Hydra says in a text only what it refuses to compose. So the lists that it loaded are gone through
again, with the place of each entry, for what it can't have composed: an override of a group that no
list brings, a group that two lists bring, an option that is no file, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from hydra_recipes.composing.listed import (
    GROUP_LINK,
    Listed,
    bringing,
    following,
    listed_in,
    place_of,
)
from hydra_recipes.composing.provenance import Source
from hydra_recipes.files import content_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.defaults import (
    EarlyLink,
    GroupLeftOut,
    GroupTwice,
    HydraInDefaults,
    LateOverride,
    LinkInEntry,
    ListAndMapping,
    NothingToExtend,
    NothingToOverride,
    OpenGroup,
    PrimaryAsOption,
    SeveralForALink,
    SkippedEntry,
    UnknownGroupInDefaults,
)
from hydra_recipes.findings.messages.library import OutsideLibrary
from hydra_recipes.library.entries import OPEN, Entry, settings_in
from hydra_recipes.library.model import PRIMARY, Libraries
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.tree import nearest, value_at, walk


def find_mistake(
    libraries: Libraries, loaded: Iterable[str], missing: str | None, chosen: Collection[str]
) -> None:
    """Raise for the first mistake in the defaults lists that were loaded; there may be none.

    Args:
        libraries: The libraries.
        loaded: The names of the configs that Hydra loaded, in that order.
        missing: The config that it looked for in vain, if there is one.
        chosen: The groups that overrides are about.

    Raises:
        LibraryError: With the place of the entry.
    """
    listed = [item for config in loaded for item in listed_in(libraries, config)]
    if libraries.primary == PRIMARY:
        _check_hydra(listed)
    known_groups = {*chosen, *(group for item in bringing(listed) for group in item.groups)}
    _check_primary(libraries, listed)
    _check_left_out(listed, {name for _, name in following(listed)})
    if missing is not None:
        _check_missing(libraries, listed, missing)
    _check_outside(listed)
    _check_open(libraries, listed, chosen)
    _check_links(listed, known_groups)
    _check_twice(listed)
    _check_overrides(libraries, listed, known_groups)
    _check_late(listed)
    _check_early(libraries, listed)


def find_unasked(libraries: Libraries, sources: Iterable[Source], missing: Collection[str]) -> None:
    """Raise for an entry that Hydra took and that leaves no recipe, or puts one recipe in another.

    Args:
        libraries: The libraries.
        sources: The files that were merged.
        missing: The groups of which a recipe needs an option and has none.

    Raises:
        LibraryError: With the place of the entry.
    """
    listed = [item for source in sources for item in listed_in(libraries, source.config)]
    _check_primary(libraries, listed)
    _check_left_out(listed, missing)


def _check_left_out(listed: Iterable[Listed], groups: Collection[str]) -> None:
    """Raise for an override that leaves no option of one of these groups, as ``null`` does."""
    for item in listed:
        left_out = next((name for name in item.groups if name in groups), None)
        if (
            left_out
            and item.entry.is_override
            and not item.entry.options
            and not item.entry.is_list
        ):
            write = _line(item.entry._replace(value="OPTION"), item.entry.group)
            raise LibraryError(GroupLeftOut(group=left_out, write=write), item.origin)


def skipped(libraries: Libraries, sources: Iterable[Source]) -> Iterator[Finding]:
    """Yield a warning for each optional entry that brings nothing, and nearly names something.

    Hydra skips such an entry. As that is what ``optional`` is for, an entry that names nothing
    similar is left alone, and so is a primary config.
    """
    for source in sources:
        if "/" not in source.config:
            continue
        try:
            may_have_optional = b"optional" in content_of(str(source.path))
        except OSError:  # deleted since it was composed
            continue
        for item in listed_in(libraries, source.config) if may_have_optional else ():
            optional = item.entry.keyword == "optional" and "${" not in item.entry.group
            for option in item.entry.options if optional else ():
                configs = item.configs(option)
                if option == OPEN or "${" in option or any(map(libraries.config_file, configs)):
                    continue
                if write := _meant(libraries, item, option):
                    detail = SkippedEntry(option=configs[0], write=write)
                    assert isinstance(item.origin, FileOrigin)
                    file = f"{source.library}:{source.config}.yaml"
                    place = item.origin._replace(file=file, path=source.path)
                    yield Finding("warning", detail.kind, detail, origin=place)


def _meant(libraries: Libraries, item: Listed, option: str) -> str:
    """Return the line meant by an optional entry that brings nothing; empty if none is similar."""
    name = item.entry.bare_group
    whole_group = next(filter(libraries.is_group, item.groups), None)
    groups = [name, *nearest(name, libraries.groups())] if whole_group is None else []
    group = next(
        (candidate for candidate in groups if libraries.option_file(candidate, option)), None
    )
    near = nearest(option, libraries.options(whole_group)) if whole_group else ()
    if group is None and not near:
        return ""
    meant = near[0] if near else option
    options = [*dict.fromkeys(meant if name == option else name for name in item.entry.options)]
    written = f"/{group}" if group else item.entry.group
    value = options if item.entry.is_list else options[0]
    return _line(item.entry._replace(value=value), written)


def find_clash(sources: Sequence[Source]) -> None:
    """Raise for a list where earlier files have a mapping, or a mapping where they have a list.

    Raises:
        LibraryError: With the place in the later file.
    """
    kinds: dict[KeyPath, tuple[type, str]] = {}
    for source in sources:
        document = read_file(source.path)
        for path in walk(settings_in(document.tree)) if document else ():
            assert document is not None
            value = value_at(document.tree, path)
            kind, earlier = type(value), kinds.get((*source.mount, *path))
            origin = document.origin(path, key=True)
            if earlier and {kind, earlier[0]} == {dict, list}:
                raise LibraryError(
                    ListAndMapping(
                        key=dotted((*source.mount, *path)),
                        other=earlier[1],
                        is_list=kind is list,
                    ),
                    origin,
                )
            if value is not None and value != OPEN:
                line = origin.line if origin else 1
                kinds[(*source.mount, *path)] = (kind, f"{source.config}.yaml:{line}")


def _check_missing(libraries: Libraries, listed: Sequence[Listed], missing: str) -> None:
    """Raise for an entry that names the config that Hydra looked for in vain."""
    for item in listed:
        for option in item.entry.options:
            if any(_fits(config, missing) for config in item.configs(option)):
                write = _from_the_top(libraries, item.entry, option)
                group, _, last = missing.rpartition("/")
                options = libraries.options(group) if libraries.is_group(group) else ()
                near = [f"{group}/{other}" for other in nearest(last, options)]
                if not options:
                    near = [
                        f"{known_group}/{last}"
                        for known_group in nearest(group, libraries.groups())
                    ]
                raise LibraryError(
                    NothingToExtend(
                        option=missing,
                        group=group if options else "",
                        nearest=near,
                        write=write,
                    ),
                    item.origin,
                )


def _check_primary(libraries: Libraries, listed: Iterable[Listed]) -> None:
    """Raise for the primary config as an option: it would bring everything once more."""
    for item in listed:
        names = [name.removesuffix(".yaml") for name in item.entry.options if not item.entry.group]
        if f"/{libraries.primary}" in names:
            raise LibraryError(PrimaryAsOption(primary=libraries.primary), item.origin)


def _check_outside(listed: Iterable[Listed]) -> None:
    """Raise for an entry that leads out of the library, which Hydra 1.4 doesn't even look for."""
    for item in listed:
        for option in item.entry.options:
            if ".." in f"{item.entry.group}/{option}".split("/"):
                raise LibraryError(
                    OutsideLibrary(file=str(item.path), library=item.config), item.origin
                )


def _fits(written: str, missing: str) -> bool:
    """Return whether a name as written, which may have links to choices, can be the missing one."""
    if "${" not in written:
        return written == missing
    parts = map(re.escape, re.split(r"\$\{[^}]*\}", written))
    return re.fullmatch(".*".join(parts), missing) is not None


def _from_the_top(libraries: Libraries, entry: Entry, option: str) -> str:
    """Return what to write if a slash or a colon was forgotten; empty if neither was."""
    if entry.group:
        forgotten = not entry.group.startswith("/") and libraries.is_group(entry.group)
        return _line(entry, f"/{entry.group}") if forgotten else ""
    words = option.split()
    keyword = f"{words[0]} " if len(words) > 1 and words[0] in ("optional", "override") else ""
    group, separator, name = (words[-1] if keyword else option).partition("=")
    if not separator:
        group, separator, name = group.partition(":")
    if not separator and keyword:
        group, separator, name = group.rpartition("/")
    group, name = group.strip(" /"), name.strip()
    if separator and libraries.is_group(group):
        return f"- {keyword}/{group}: {name}"
    forgotten = (
        not separator
        and "/" in option.lstrip("/")
        and option[0] != "/"
        and libraries.config_file(option) is not None
    )
    return f"- /{option}" if forgotten else ""


def _line(entry: Entry, group: str) -> str:
    """Return the line that an entry would be in a list if its group were this one."""
    name = entry._replace(group=group).name
    keyword = f"{entry.keyword} " if entry.keyword else ""
    options = ", ".join(entry.options)
    return f"- {keyword}{name}: {f'[{options}]' if entry.is_list else options}"


def _check_open(libraries: Libraries, listed: Sequence[Listed], chosen: Collection[str]) -> None:
    """Raise for an option ``???`` that neither an override nor a choice settles."""
    overriding = [item for item in listed if item.entry.is_override]
    settled = {*chosen}
    for item in [*overriding, *bringing(listed)]:
        if item.entry.options != (OPEN,):
            settled.update(item.groups if item.entry.is_override else ())
        elif settled.isdisjoint(item.groups):
            group = next(filter(libraries.is_group, item.groups), item.groups[0])
            key = item.entry._replace(group=group).name
            raise LibraryError(
                OpenGroup(group=group, key=key, options=libraries.options(group)),
                item.origin,
            )


def _check_links(listed: Sequence[Listed], known_groups: Collection[str]) -> None:
    """Raise for a link to a group that isn't known, or that has several options."""
    for item in listed:
        for option in item.entry.options:
            for name in GROUP_LINK.findall(option):
                if name not in known_groups:
                    near = nearest(name, known_groups)
                    raise LibraryError(UnknownGroupInDefaults(name=name, nearest=near), item.origin)
                several = [
                    brought
                    for brought in listed
                    if brought.entry.is_list and name in brought.groups
                ]
                if several:
                    brought = several[0]
                    single = brought.entry._replace(value=next(iter(brought.entry.options), ""))
                    write = _line(single, brought.entry.group)
                    raise LibraryError(
                        SeveralForALink(group=name, other=place_of(item), write=write),
                        brought.origin,
                    )


def _check_twice(listed: Sequence[Listed]) -> None:
    """Raise for a group that is brought twice to the same place."""
    first_by_place: dict[Any, Listed] = {}
    for item in bringing(listed):
        if item.entry.is_list:
            continue
        place = (item.groups[0], item.entry.package, item.package)
        first_item = first_by_place.setdefault(place, item)
        if first_item is not item:
            write = "" if first_item.config == item.config else _overriding(item)
            raise LibraryError(
                GroupTwice(group=item.groups[0], other=place_of(first_item), write=write),
                item.origin,
            )


def _overriding(item: Listed) -> str:
    """Return the line that makes an entry an override."""
    return _line(item.entry._replace(keyword="override"), f"/{item.groups[0]}")


def _check_overrides(
    libraries: Libraries, listed: Sequence[Listed], known_groups: Collection[str]
) -> None:
    """Raise for an override of a group of which no list that was loaded brings an option."""
    for item in listed:
        entry = item.entry
        if not entry.is_override or entry.bare_group.startswith("hydra/"):
            continue
        if set(item.groups).isdisjoint(known_groups):
            if not entry.group.startswith("/") and entry.group in known_groups:
                write = _line(entry, f"/{entry.group}")
            elif any(map(libraries.is_group, item.groups)):
                write = _line(entry._replace(keyword=""), entry.group)
            else:
                near = nearest(entry.bare_group, known_groups)
                write = _line(entry, f"/{near[0]}") if near else ""
            raise LibraryError(NothingToOverride(group=item.groups[0], write=write), item.origin)
        same_group = [
            brought for brought in bringing(listed) if set(brought.groups) & set(item.groups)
        ]
        packages = {brought.entry.package for brought in same_group}
        if same_group and entry.package not in packages:
            write = _line(entry._replace(package=min(packages)), entry.group)
            overridden = entry._replace(group=item.groups[0]).name
            raise LibraryError(NothingToOverride(group=overridden, write=write), item.origin)


def _check_late(listed: Sequence[Listed]) -> None:
    """Raise for an override in an option that follows from other choices, which comes too late."""
    derived_configs = [
        config
        for item in listed
        for option in item.entry.options
        if "${" in option
        for config in item.configs(option)
    ]
    for item in listed:
        if item.entry.is_override and any(_fits(config, item.config) for config in derived_configs):
            raise LibraryError(LateOverride(group=item.groups[0]), item.origin)


def _check_early(libraries: Libraries, listed: Sequence[Listed]) -> None:
    """Raise for a link in a list that is read before the choice it leads to is made."""
    for item in listed:
        names = [name for option in item.entry.options for name in GROUP_LINK.findall(option)]
        if names and not item.entry.group:
            group, _, option = item.entry.options[0].rpartition("/")
            raise LibraryError(LinkInEntry(write=f"- {group or 'GROUP'}: {option}"), item.origin)
        if names and item.config != libraries.primary:
            raise LibraryError(EarlyLink(name=names[0], primary=libraries.primary), item.origin)


def _check_hydra(listed: Sequence[Listed]) -> None:
    """Raise for an entry about Hydra's own settings, of which a recipe has none."""
    for item in listed:
        name = item.entry.group or next(iter(item.entry.options), "")
        if name.lstrip("/").startswith("hydra/"):
            raise LibraryError(HydraInDefaults(group=name.lstrip("/")), item.origin)
