"""Findings about values that an option composes beside the recipe, where no link reads them.

A file's package, from its header or its defaults-list entry, decides where its values land: under
``recipes`` they are the recipe's, anywhere else only links can read them. A file headed ``#
@package recipe`` instead of ``# @package recipes`` therefore changes nothing, in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra_recipes.composing.history import histories_beside
from hydra_recipes.composing.mistakes import skipped
from hydra_recipes.composing.provenance import Source
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.packages import BesideRecipe, HydraSetting, Way, WrongPart
from hydra_recipes.findings.messages.values import UnknownKeyInRecipe
from hydra_recipes.library.entries import entries_of, misspelt_defaults, settings_in
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import Header, header_of, meant_package, package_of
from hydra_recipes.library.reading import read_file
from hydra_recipes.links.dependencies import read_beside
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.misplaced import HYDRA, homes, read_somewhere
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.tree import ABSENT, MOUNT, leaves, lookup, nearest, within


def beside_findings(recipe: Recipe, book: RuleBook, libraries: Libraries) -> Iterator[Finding]:
    """Yield a warning for each option that has values, or an optional entry, without any effect.

    Values of Hydra's own settings are reported as such, since a plain Hydra app uses them. The
    primary config is left out: what it has beside the recipe is the app's own.
    """
    scope, sources = recipe.scope, recipe.provenance.sources
    yield from skipped(libraries, sources)
    if not sources or not scope.beside:
        return
    read_paths = read_beside(scope)
    beside_paths = {path for path, _ in leaves(scope.beside) if path}
    if () in read_paths or all(within(path, read_paths) for path in beside_paths):
        return  # the usual case
    options = {source.path: source for source in sources if "/" in source.config}
    unread: dict[tuple[Path, bool], list[tuple[KeyPath, FileOrigin]]] = {}
    useful: set[Path] = set()
    for path, history in histories_beside(recipe).items():
        origin = history[-1].origin
        if (
            path not in beside_paths
            or not isinstance(origin, FileOrigin)
            or origin.path not in options
        ):
            continue
        is_read, is_hydras = within(path, read_paths), path[0] == HYDRA
        # Hydra's settings link to each other, and links name sections of the recipe all the time:
        # neither shows that something reads this value.
        may_be_read = not is_hydras and path[0] not in scope.recipe
        if is_read or (may_be_read and read_somewhere(path, libraries)):
            useful.add(origin.path)
        else:
            unread.setdefault((origin.path, is_hydras), []).append((path, origin))
    for (file, is_hydras), values in unread.items():
        detail, place = _beside(options[file], values, recipe, book, libraries)
        detail = detail.but(useful=file in useful)
        if is_hydras and detail.way != "defaults":
            mounted = detail.package.partition(".")[0] == HYDRA
            detail = HydraSetting(**vars(detail), mounted=mounted)
            place = place if mounted else values[0][1]  # the header's fault, or the first value's
        yield Finding("warning", detail.kind, detail, detail.keys[0], origin=place)


def misheaded(findings: Iterable[Finding], recipe: Recipe, book: RuleBook) -> Iterator[Finding]:
    """Yield the findings, with one for all unknown keys of a file in a wrong part of the recipe.

    For example, for all keys of a file whose header is ``# @package recipes.runn``.
    """
    sources = {source.path: source for source in recipe.provenance.sources if "/" in source.config}
    in_wrong_part: dict[Path, bool] = {}
    for finding in findings:
        origin = finding.origin
        source = (
            sources.get(origin.path) if isinstance(origin, FileOrigin) and origin.path else None
        )
        if source is None or not isinstance(finding.detail, UnknownKeyInRecipe):
            yield finding
            continue
        if source.path not in in_wrong_part:
            combined = _wrong_part(source, finding, recipe, book)
            in_wrong_part[source.path] = combined is not None
            yield combined or finding
        elif not in_wrong_part[source.path]:
            yield finding


def _wrong_part(source: Source, finding: Finding, recipe: Recipe, book: RuleBook) -> Finding | None:
    """Return one finding for a file that belongs elsewhere in the recipe as a whole, or None.

    Args:
        source: The file.
        finding: The finding about the first of its unknown keys.
        recipe: The recipe.
        book: The rules.
    """
    document = read_file(source.path)
    mount = source.mount
    if document is None or mount[:1] != (MOUNT,):
        return None  # mounted at the root, it writes whole keys itself
    header = header_of(document.text)
    contents = [path for path, _ in leaves(settings_in(document.tree))]
    right = _right_package(contents, mount, recipe, book)
    known_keys = _keys(book)
    fits = any((*mount[1:], *path) in known_keys for path in contents)  # if only with other choices
    list_name = misspelt_defaults(document.tree)
    origin = finding.origin
    assert isinstance(origin, FileOrigin)
    if list_name is not None and finding.key == dotted((*mount[1:], list_name)):
        detail = WrongPart(way="defaults", keys=(finding.key,))
        place = _key_line(document, list_name, origin)
        return replace(finding, detail=detail, value=None, origin=place)
    if right is None or right == mount or fits:
        return None
    by_entry = package_of(document.text, source.config) != mount
    keys = tuple(dotted((*mount[1:], *path)) for path in contents)
    detail = WrongPart(
        way="entry" if by_entry else "header",
        keys=keys,
        header=header.package,
        package=source.package or "_global_",
        written=_written(source, recipe),
        right=dotted(right) or "_global_",
        leave_out=by_entry and package_of(document.text, source.config) == right,
    )
    place = origin if by_entry else _header_line(document, header, source, origin)
    return replace(finding, detail=detail, key=keys[0], value=None, origin=place)


def _beside(
    source: Source,
    values: Sequence[tuple[KeyPath, FileOrigin]],
    recipe: Recipe,
    book: RuleBook,
    libraries: Libraries,
) -> tuple[BesideRecipe, FileOrigin]:
    """Return why values of a file land beside the recipe, and the place of the mistake.

    That tells whether the entry, the header, a misspelt defaults list or the keys bring them there,
    and which package would be right.
    """
    document = read_file(source.path)
    assert document is not None  # it has values
    header = header_of(document.text)
    mount = source.mount
    own_package = package_of(document.text, source.config)
    contents = [path for path, _ in leaves(settings_in(document.tree))]
    right = _right_package(contents, mount, recipe, book)
    right = _meant(document.text, book) or right
    likely = _usual(source, libraries) if right is None else right
    list_path = (*mount, misspelt_defaults(document.tree))
    values = [pair for pair in values if pair[0] == list_path] or values
    origin = values[0][1]
    way: Way
    if values[0][0] == list_path:
        way = "defaults"
        origin = _key_line(document, str(list_path[-1]), origin)
    elif own_package != mount:
        way = "entry"
    elif not mount and any(path[0] == MOUNT for path in contents):
        way = "key"
    else:
        way = "header"
        origin = _header_line(document, header, source, origin)
    detail = BesideRecipe(
        way=way,
        keys=tuple(dotted(path) for path, _ in values),
        header=header.package,
        package=source.package or "_global_",
        written=_written(source, recipe),
        right=dotted((MOUNT,) if likely is None else likely) or "_global_",
        certain=likely is not None,
        leave_out=own_package[:1] == (MOUNT,),
    )
    return detail, origin


def _meant(text: str, book: RuleBook) -> KeyPath | None:
    """Return the package that a comment names much like a header, if recipes have such a part."""
    package = meant_package(text)
    parts = {key[:length] for key in _keys(book) for length in range(len(key))}
    return package if package[:1] == (MOUNT,) and package[1:] in parts else None


def _keys(book: RuleBook) -> set[KeyPath]:
    """Return the keys that recipes of any family have."""
    return {key for family in book.families for key in families.keys(family.model)}


def _written(source: Source, recipe: Recipe) -> str:
    """Return a file's package as a defaults list writes it, such as ``_here_``."""
    for other in recipe.provenance.sources:
        document = read_file(other.path)
        for entry in entries_of(document.tree) if document else ():
            names = [
                f"/{entry.group}/{option}".rpartition("//")[2].lstrip("/")
                for option in entry.options
            ]
            if entry.package and any(f"/{source.config}".endswith(f"/{name}") for name in names):
                return entry.package
    return source.package


def _key_line(document: Document, key: str, origin: FileOrigin) -> FileOrigin:
    """Return where a key of a file stands; ``origin``, which is in the same file, if unknown."""
    place = document.origin((key,), key=True)
    return place._replace(file=origin.file, path=origin.path) if place else origin


def _header_line(
    document: Document, header: Header, source: Source, origin: FileOrigin
) -> FileOrigin:
    """Return where a file's header stands; ``origin``, a value's place, if it has none."""
    if header.package is None:
        return origin
    text = document.text.splitlines()[header.line - 1]
    return FileOrigin(origin.file, header.line, 1, text, source.path)


def _right_package(
    contents: Iterable[KeyPath], mount: KeyPath, recipe: Recipe, book: RuleBook
) -> KeyPath | None:
    """Return the package in which most keys of a file are keys of recipes; None if none are.

    That is the root, ``()``, for a mounted file that writes ``recipes:`` itself.
    """
    paths = list(contents)
    if mount and any(path[0] == MOUNT for path in paths):
        return ()
    family = book.family_of(recipe.choices)
    votes: Counter[KeyPath] = Counter()
    for path in paths:
        votes.update(homes(path, book, family))
    if not votes:
        return None
    most = max(votes.values())
    likely = {dotted((MOUNT, *package)): package for package in votes if votes[package] == most}
    similar = nearest(dotted(mount), likely)

    # Of several, prefer where the recipe has most values, then what is spelled like ``mount``.
    def order(name: str) -> tuple[Any, ...]:
        values = (lookup(recipe.scope.recipe, (*likely[name], *path)) for path in paths)
        valued = sum(value is not ABSENT for value in values)
        return (-valued, name not in similar, len(likely[name]), name)

    return (MOUNT, *likely[min(likely, key=order)])


def _usual(source: Source, libraries: Libraries) -> KeyPath | None:
    """Return the most frequent package, within recipes, of the other options of a file's group."""
    group = source.config.partition("/")[0]
    packages: Counter[KeyPath] = Counter()
    for option in libraries.options(group):
        file = libraries.option_file(group, option)
        document = read_file(file) if file and file != source.path else None
        package = package_of(document.text, f"{group}/{option}") if document else ()
        packages.update([package] if package[:1] == (MOUNT,) else [])
    return next((package for package, _ in packages.most_common(1)), None)
