"""Reading the rules files of libraries into a ``RuleBook``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from hydra_recipes.errors import LibraryError
from hydra_recipes.libraries.extensions import extended
from hydra_recipes.library import Libraries, Library
from hydra_recipes.rules.file import SECTIONS, origin_in, read_rules
from hydra_recipes.rules.model import Limit, Move, Off, Rule, RuleBook, Shadow, SwitchedOff

_Stamps = tuple[tuple[str, str, int], ...]


def rule_book(libraries: Libraries) -> RuleBook:
    """The rules of all libraries. Read once for as long as no rules file changes.

    Raises:
        LibraryError: If a rules file can't be read, an entry makes no sense, or two libraries
            switch each other's rules off.
    """
    return _settled(_stamps(libraries), libraries)


def shadows(libraries: Libraries) -> tuple[Shadow, ...]:
    """What libraries declare to shadow, whatever else they say.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    return tuple(_read(_stamps(libraries))["shadows"])


def own_rules(library: Library) -> RuleBook:
    """What one library's rules files say, whatever others switch off.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    alone = Libraries((library,))
    return _book(_read(_stamps(alone)), (), alone)


def _stamps(libraries: Libraries) -> _Stamps:
    return tuple(
        (library.name, str(path), path.stat().st_mtime_ns)
        for library in libraries.members
        for path in library.rules_files()
    )


@lru_cache(maxsize=8)
def _read(stamps: _Stamps) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {section: [] for section in SECTIONS}
    for library, path, _ in stamps:
        read_rules(library, path, found)
    return found


@lru_cache(maxsize=8)
def _settled(stamps: _Stamps, libraries: Libraries) -> RuleBook:
    found = _read(stamps)
    off = _switched_off(found["off"], [*found["limits"], *found["rules"]])
    _check_moves(found["moved"])
    return _book(found, off, libraries)


def _book(
    found: dict[str, list[Any]], off: tuple[SwitchedOff, ...], libraries: Libraries
) -> RuleBook:
    gone = {one.entry.id for one in off}
    return RuleBook(
        families=tuple(found["families"]),
        groups=tuple(found["groups"]),
        offers=tuple(found["offers"]),
        limits=tuple(limit for limit in found["limits"] if limit.id not in gone),
        rules=tuple(rule for rule in found["rules"] if rule.id not in gone),
        off=off,
        shadows=tuple(found["shadows"]),
        moves=tuple(found["moved"]),
        extended=partial(extended, libraries),
    )


def _switched_off(offs: Iterable[Off], entries: Iterable[Limit | Rule]) -> tuple[SwitchedOff, ...]:
    by_id = {entry.id: entry for entry in entries}
    found: list[SwitchedOff] = []
    for off in offs:
        entry = by_id.get(off.id)
        if entry is None or entry.library == off.library:
            own = "it is this library's own; leave it out"
            reason = own if entry else "no library has a limit or rule of this id"
            raise _unfit(off.file, ("off", off.id), off.id, reason)
        for other in found:
            if (other.by.library, other.entry.library) == (entry.library, off.library):
                libraries = (off.library, entry.library)
                data = {
                    "ids": (off.id, other.by.id),
                    "libraries": libraries,
                    "other": other.by.file,
                }
                raise LibraryError("mutual-off", origin_in(off.file, ("off", off.id)), **data)
        found.append(SwitchedOff(entry, off))
    return tuple(found)


def _check_moves(moves: Iterable[Move]) -> None:
    """Refuses names that move in a circle."""
    new = {move.old: move.new for move in moves}
    for move in moves:
        seen, name = {move.old}, move.new
        while name in new and name not in seen:
            seen.add(name)
            name = new[name]
        if name == move.old:
            raise _unfit(move.file, ("moved", move.old), move.old, "it moves in a circle")


def _unfit(file: str, where: tuple[Any, ...], entry: str, reason: str) -> LibraryError:
    origin = origin_in(file, where)
    return LibraryError("bad-rules-entry", origin, file=file, entry=entry, reason=reason)
