"""The rule book: the entries of all libraries' rules files, and the names they moved.

Reading goes in two cached steps. ``_read`` reads files into entries, for as long as no file's
stamp changes; ``_settled`` then leaves out what is switched off and renames what has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.defaults import extended
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.library.reading import origin_in
from hydra_recipes.origin import FileOrigin, KeyPath
from hydra_recipes.rules.cache import Cache, Sections
from hydra_recipes.rules.model import (
    Alias,
    Chain,
    Family,
    Limit,
    OffRule,
    Rule,
    RuleBook,
    Spelling,
    When,
    is_schema,
)
from hydra_recipes.tree import matches

if TYPE_CHECKING:
    from hydra_recipes.rules.declarations import Move, Off, Shadow
_OURS = "hydra_recipes."
_Entry = TypeVar("_Entry", Family, Limit, Rule, Limit | Rule, Alias, Chain)
_Groups = tuple[tuple[str, tuple[str, ...]], ...]
_Stamps = tuple[tuple[str, str, Stamp], ...]
_looked_at: ContextVar[dict[Libraries, _Stamps] | None] = ContextVar("looked_at", default=None)


def rule_book(libraries: Libraries) -> RuleBook:
    """Return the rules of all libraries, read again only if a rules file has changed.

    Raises:
        LibraryError: If a rules file can't be read, an entry makes no sense, or two libraries
            switch each other's rules off.
    """
    stamps = _looked_at.get()
    if stamps is None:
        return _settled(_stamps(libraries), libraries)
    if libraries not in stamps:
        stamps[libraries] = _stamps(libraries)
    return _settled(stamps[libraries], libraries)


@contextmanager
def looked_at_once() -> Iterator[None]:
    """Look only once for changes of rules files, inside the ``with`` block.

    One call that works on one recipe asks for the rules many times, and has to use the same ones.
    """
    if _looked_at.get() is not None:
        yield
        return
    token = _looked_at.set({})
    try:
        yield
    finally:
        _looked_at.reset(token)


def shadows(libraries: Libraries) -> tuple[Shadow, ...]:
    """Return what libraries declare to shadow, even if their entries contradict each other.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    return tuple(_read(_stamps(libraries))["shadows"])


def place_of_family(model: str, libraries: Libraries) -> FileOrigin | None:
    """Return where a rules file names the family with this import path, or None."""
    for family in rule_book(libraries).families:
        if family.model == model and family.file:
            return origin_in(family.file, ("families", family.id, family.field))
    return None


def old_name_of(name: str, libraries: Libraries) -> tuple[str, FileOrigin | None] | None:
    """Return the old name of what is now called ``name``, and where a file says so.

    Return None if it has none. The name is that of an option (``group/option``), a group or a key.
    """
    for move in rule_book(libraries).moves:
        if move.new == name:
            return move.old, origin_in(move.file, ("moved", move.old))
    return None


def own_rules(library: Library) -> RuleBook:
    """Return what one library's rules files say, whatever other libraries switch off.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    alone = Libraries((library,))
    return _book(_read(_stamps(alone)), (), alone)


def _stamps(libraries: Libraries) -> _Stamps:
    """Return library name, path and stamp of every rules file."""
    return tuple(
        (library.name, path, stamp_of(path))
        for library in libraries.members
        for path in map(str, library.rules_files())
    )


@lru_cache(maxsize=8)
def _read(stamps: _Stamps) -> Sections:
    """Return the entries of the rules files, from the cache on disk if it has them."""
    cache = Cache((library, path) for library, path, _ in stamps)
    cached = cache.read()
    if cached is not None:
        return cached
    from hydra_recipes.rules.file import SECTIONS, read_rules

    sections: dict[str, list[Any]] = {section: [] for section in SECTIONS}
    taken: dict[tuple[str, str], Any] = {}
    for library, path, _ in stamps:
        read_rules(library, path, sections, taken)
    cache.write(sections)
    return sections


@lru_cache(maxsize=8)
def _settled(stamps: _Stamps, libraries: Libraries) -> RuleBook:
    """Return the rule book of entries that go together; raise LibraryError if they don't."""
    sections = _read(stamps)
    off = _switched_off(sections["off"], [*sections["limits"], *sections["rules"]])
    _check_moves(sections["moved"])
    return _book(sections, off, libraries)


def _book(sections: Sections, off: tuple[OffRule, ...], libraries: Libraries) -> RuleBook:
    """Return a rule book of these sections, without what is switched off, by current names."""
    gone = {off_rule.entry.id for off_rule in off}
    moved = tuple(sections["moved"])
    shapes = (family.model for family in sections["families"])
    # Telling a family's keys imports its model; that of another package isn't run for this.
    ours = tuple(shape for shape in shapes if shape.startswith(_OURS) or is_schema(shape))
    moves = moves_from(moved, libraries, ours) if moved else NO_MOVES
    moves = moves._replace(spellings=_spellings(sections["spellings"], libraries))

    # No built-in option extends another, so no file need be read.
    only_built_in = all(library.source == "built-in" for library in libraries.members)

    def bases(group: str, option: str) -> tuple[str, ...]:
        """Return the options that an option extends, the nearest first."""
        return () if only_built_in else extended(libraries, moves, group, option)

    others = frozenset(name for names in moves.spellings.values() for name in names)
    has_moves = bool(moves)

    def is_now(groups: _Groups) -> bool:
        """Return whether groups and options certainly have their current names; most have."""
        return not has_moves and all(others.isdisjoint(options) for _, options in groups)

    def now(entries: Iterable[_Entry]) -> tuple[_Entry, ...]:
        """Return entries by the current names of groups and options."""
        return tuple(
            entry if is_now(entry.when.groups) else _named_now(entry, moves) for entry in entries
        )

    return RuleBook(
        families=now(sections["families"]),
        groups=tuple(sections["groups"]),
        offers=tuple(
            offer
            if is_now(offer.groups)
            else offer._replace(groups=groups_now(offer.groups, moves))
            for offer in sections["offers"]
        ),
        limits=now(limit for limit in sections["limits"] if limit.id not in gone),
        rules=now(rule for rule in sections["rules"] if rule.id not in gone),
        off=tuple(off_rule._replace(entry=_named_now(off_rule.entry, moves)) for off_rule in off),
        shadows=tuple(sections["shadows"]),
        moves=moved,
        extended=bases,
        now=moves,
        methods=tuple(sections["methods"]),
        aliases=now(sections["aliases"]),
        chains=tuple(
            chain._replace(after=When(groups_now(chain.after.groups, moves)))
            for chain in now(sections["chains"])
        ),
    )


def _named_now(entry: _Entry, moves: Moves) -> _Entry:
    """Return an entry whose ``when`` has the current names of groups and options."""
    return entry._replace(when=When(groups_now(entry.when.groups, moves)))


def groups_now(groups: _Groups, moves: Moves) -> _Groups:
    """Return groups and options by their current names."""
    renamed = []
    for name, options in groups:
        group = moves.group(name)
        renamed.append((group, tuple(moves.option(group, option) for option in options)))
    return tuple(renamed)


def _spellings(spellings: Iterable[Spelling], libraries: Libraries) -> dict[str, dict[str, str]]:
    """Return by group the other names of its options, except names that are options themselves."""
    by_group: dict[str, dict[str, str]] = {}
    for spelling in spellings:
        if libraries.option_file(spelling.group, spelling.name) is None:
            by_group.setdefault(spelling.group, {}).setdefault(spelling.name, spelling.option)
    return by_group


def _switched_off(offs: Sequence[Off], entries: Iterable[Limit | Rule]) -> tuple[OffRule, ...]:
    """Return each entry that is switched off, with what does so.

    Raises:
        LibraryError: If the entry is unknown or the library's own, or two libraries switch each
            other's entries off.
    """
    if not offs:
        return ()
    from hydra_recipes.findings.messages.library import MutualOff

    by_id = {entry.id: entry for entry in entries}
    switched_off: list[OffRule] = []
    for off in offs:
        entry = by_id.get(off.id)
        if entry is None or entry.library == off.library:
            own = "it is this library's own; leave it out"
            reason = own if entry else "no library has a limit or rule of this id"
            raise _unfit(off.file, ("off", off.id), off.id, reason)
        for other in switched_off:
            if (other.by.library, other.entry.library) == (entry.library, off.library):
                detail = MutualOff(
                    ids=(off.id, other.by.id),
                    libraries=(off.library, entry.library),
                    other=other.by.file,
                )
                raise LibraryError(detail, origin_in(off.file, ("off", off.id)))
        switched_off.append(OffRule(entry, off))
    return tuple(switched_off)


def _check_moves(moves: Iterable[Move]) -> None:
    """Raise LibraryError if names move in a circle."""
    new = {move.old: move.new for move in moves}
    for move in moves:
        seen, name = {move.old}, move.new
        while name in new and name not in seen:
            seen.add(name)
            name = new[name]
        if name == move.old:
            raise _unfit(move.file, ("moved", move.old), move.old, "it moves in a circle")


def _unfit(file: str, where: tuple[Any, ...], entry: str, reason: str) -> LibraryError:
    """Return the error for an entry that makes no sense."""
    from hydra_recipes.findings.messages.rules import BadRulesEntry

    origin = origin_in(file, where)
    return LibraryError(BadRulesEntry(file=file, entry=entry, reason=reason), origin)


@contextmanager
def placing_families(libraries: Callable[[], Libraries]) -> Iterator[None]:
    """Add its place in a rules file to an error about a family's model, raised inside the block.

    Args:
        libraries: Returns the libraries in force; called only for such an error.
    """
    try:
        yield
    except LibraryError as error:
        from hydra_recipes.findings.messages.rules import BadFamily

        if isinstance(error.detail, BadFamily) and error.origin is None:
            error.origin = place_of_family(error.detail.family, libraries())
            if error.origin:
                from hydra_recipes.rules.families import with_project

                file = error.origin.path or error.origin.file
                error.detail = with_project(error.detail, str(file))
        raise


def moves_of(libraries: Libraries) -> Moves:
    """Return the old names that the libraries declare, each with its current name.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    return rule_book(libraries).now


@lru_cache(maxsize=8)
def moves_from(moves: tuple[Move, ...], libraries: Libraries, shapes: tuple[str, ...]) -> Moves:
    """Return the old names that ``moved`` entries declare, except names that are still in use.

    Args:
        moves: The entries.
        libraries: The libraries.
        shapes: The import paths of the families whose keys are in use.
    """
    from hydra_recipes.rules import families  # imported late, as in most libraries nothing moved

    now = {move.old: _last(move.new, moves) for move in moves}
    groups = {
        old: new
        for old, new in now.items()
        if "/" not in old and libraries.is_group(new) and not libraries.is_group(old)
    }
    options: dict[str, dict[str, str]] = {}
    keys: dict[KeyPath, KeyPath] = {}
    for old, new in now.items():
        group, slash, option = old.partition("/")
        path = tuple(old.split("."))
        if slash:
            group = groups.get(group, group)
            if libraries.option_file(group, option) is None:
                options.setdefault(group, {})[option] = new.partition("/")[2]
        elif not libraries.is_group(new) and not any(
            matches(path, families.keys(shape)) for shape in shapes
        ):
            keys[path] = tuple(new.split("."))
    return Moves(groups, options, keys)


def _last(name: str, moves: Iterable[Move]) -> str:
    """Return the name at the end of a chain of moves, which ``_check_moves`` has proved to end."""
    following = {move.old: move.new for move in moves}
    while name in following:
        name = following[name]
    return name
