"""The rule book: what the rules files of all libraries say together, and the names they moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.defaults import extended
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.origin import FileOrigin, KeyPath
from hydra_recipes.rules.cache import Cache, Sections
from hydra_recipes.rules.model import Alias, Family, Limit, OffRule, Rule, RuleBook, When
from hydra_recipes.tree import matches

if TYPE_CHECKING:
    from hydra_recipes.rules.declarations import Move, Off, Shadow
_OURS = "hydra_recipes."
_Entry = TypeVar("_Entry", Family, Limit, Rule, Limit | Rule, Alias)
_Groups = tuple[tuple[str, tuple[str, ...]], ...]
_Stamps = tuple[tuple[str, str, int], ...]
_looked_at: ContextVar[dict[Libraries, _Stamps] | None] = ContextVar("looked_at", default=None)


def rule_book(libraries: Libraries) -> RuleBook:
    """The rules of all libraries. Read once for as long as no rules file changes.

    Raises:
        LibraryError: If a rules file can't be read, an entry makes no sense, or two libraries
            switch each other's rules off.
    """
    known = _looked_at.get()
    if known is None:
        return _settled(_stamps(libraries), libraries)
    if libraries not in known:
        known[libraries] = _stamps(libraries)
    return _settled(known[libraries], libraries)


@contextmanager
def looked_at_once() -> Iterator[None]:
    """Looks only once whether rules files have changed, for as long as it lasts.

    What one call does to one recipe goes by the same rules, and asks for them many times.
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
    """What libraries declare to shadow, whatever else they say.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    return tuple(_read(_stamps(libraries))["shadows"])


def place_of_family(model: str, libraries: Libraries) -> FileOrigin | None:
    """Where the family of a model, given by its import path, stands in a rules file."""
    found = (one for one in rule_book(libraries).families if one.model == model and one.file)
    return next((_place(one.file, ("families", one.id, "model")) for one in found), None)


def old_name_of(name: str, libraries: Libraries) -> tuple[str, FileOrigin | None] | None:
    """The old name that has moved to an option, ``group/option``, and where a file says so."""
    for move in rule_book(libraries).moves:
        if move.new == name:
            return move.old, _place(move.file, ("moved", move.old))
    return None


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
def _read(stamps: _Stamps) -> Sections:
    cache = Cache((library, path) for library, path, _ in stamps)
    known = cache.read()
    if known is not None:
        return known
    from hydra_recipes.rules.file import SECTIONS, read_rules

    found: dict[str, list[Any]] = {section: [] for section in SECTIONS}
    taken: dict[tuple[str, str], Any] = {}
    for library, path, _ in stamps:
        read_rules(library, path, found, taken)
    cache.write(found)
    return found


@lru_cache(maxsize=8)
def _settled(stamps: _Stamps, libraries: Libraries) -> RuleBook:
    found = _read(stamps)
    off = _switched_off(found["off"], [*found["limits"], *found["rules"]])
    _check_moves(found["moved"])
    return _book(found, off, libraries)


def _book(found: Sections, off: tuple[OffRule, ...], libraries: Libraries) -> RuleBook:
    gone = {one.entry.id for one in off}
    moved = tuple(found["moved"])
    shapes = (family.model for family in found["families"])
    ours = tuple(shape for shape in shapes if shape.startswith(_OURS))  # of others, nothing runs
    moves = moves_from(moved, libraries, ours) if moved else NO_MOVES

    def bases(group: str, option: str) -> tuple[str, ...]:
        if all(library.source == "built-in" for library in libraries.members):
            return ()  # none of the built-in options does, and every command asks for some
        return extended(libraries, moves, group, option)

    def now(entries: Iterable[_Entry]) -> tuple[_Entry, ...]:
        return tuple(_named_now(entry, moves) for entry in entries)

    return RuleBook(
        families=now(found["families"]),
        groups=tuple(found["groups"]),
        offers=tuple(
            offer._replace(groups=_groups_now(offer.groups, moves)) for offer in found["offers"]
        ),
        limits=now(limit for limit in found["limits"] if limit.id not in gone),
        rules=now(rule for rule in found["rules"] if rule.id not in gone),
        off=tuple(one._replace(entry=_named_now(one.entry, moves)) for one in off),
        shadows=tuple(found["shadows"]),
        moves=moved,
        extended=bases,
        now=moves,
        methods=tuple(found["methods"]),
        aliases=now(found["aliases"]),
    )


def _named_now(entry: _Entry, moves: Moves) -> _Entry:
    """An entry that names groups and options in its ``when`` as they are called now."""
    return entry._replace(when=When(_groups_now(entry.when.groups, moves))) if moves else entry


def _groups_now(groups: _Groups, moves: Moves) -> _Groups:
    found = []
    for name, options in groups:
        group = moves.group(name)
        found.append((group, tuple(moves.option(group, option) for option in options)))
    return tuple(found)


def _switched_off(offs: Sequence[Off], entries: Iterable[Limit | Rule]) -> tuple[OffRule, ...]:
    if not offs:
        return ()
    by_id = {entry.id: entry for entry in entries}
    found: list[OffRule] = []
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
                raise LibraryError("mutual-off", _place(off.file, ("off", off.id)), **data)
        found.append(OffRule(entry, off))
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
    origin = _place(file, where)
    return LibraryError("bad-rules-entry", origin, file=file, entry=entry, reason=reason)


def _place(file: str, where: tuple[Any, ...]) -> FileOrigin | None:
    from hydra_recipes.rules.file import origin_in  # which rules from the cache do without

    return origin_in(file, where)


@contextmanager
def placing_families(libraries: Callable[[], Libraries]) -> Iterator[None]:
    """Tells of a family whose model can't be used where it stands, which only the rules know.

    Args:
        libraries: Gives the libraries in force, asked for only then.
    """
    try:
        yield
    except LibraryError as error:
        if error.kind == "bad-family" and error.origin is None:
            error.origin = place_of_family(error.data["family"], libraries())
        raise


def moves_of(libraries: Libraries) -> Moves:
    """The old names that the libraries know.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    return rule_book(libraries).now


@lru_cache(maxsize=8)
def moves_from(moves: tuple[Move, ...], libraries: Libraries, shapes: tuple[str, ...]) -> Moves:
    """The old names that entries of rules files tell, less those that are in use all the same.

    Args:
        moves: The entries.
        libraries: The libraries.
        shapes: The families whose keys are in use.
    """
    from hydra_recipes.rules import families  # in most libraries nothing has moved

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
            matches(path, families.keys(s)) for s in shapes
        ):
            keys[path] = tuple(new.split("."))
    return Moves(groups, options, keys)


def _last(name: str, moves: Iterable[Move]) -> str:
    """The name at the end of a chain of moves; loading has seen that it isn't a circle."""
    following = {move.old: move.new for move in moves}
    while name in following:
        name = following[name]
    return name
