"""Beside: what options compose beside the recipe; what no link reads of it is in force nowhere."""

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
from hydra_recipes.library.entries import entries_of, misspelt_defaults
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import Header, header_of, meant_package, package_of
from hydra_recipes.library.reading import read_file
from hydra_recipes.links.dependencies import read_beside
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.misplaced import HYDRA, homes, read_somewhere
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.tree import ABSENT, MOUNT, leaves, lookup, nearest, within

BESIDE = "beside-recipe"
"""The rule id of what is said about values beside the recipe."""
HYDRA_SETTING = "hydra-setting"
"""The rule id of what is said about settings of Hydra's own."""


def beside_findings(recipe: Recipe, book: RuleBook, libraries: Libraries) -> Iterator[Finding]:
    """A finding for each option that says something in vain.

    Its values land beside the recipe, where no link reads them, or an optional entry of it brings
    nothing. Settings of Hydra's own are told as that: a plain Hydra app uses them. What a primary
    config has there is an app's own.
    """
    scope, sources = recipe.scope, recipe.provenance.sources
    yield from skipped(libraries, sources)
    if not sources or not scope.beside:
        return
    read = read_beside(scope)
    paths = {path for path, _ in leaves(scope.beside) if path}
    if () in read or all(within(path, read) for path in paths):
        return  # as it is with most
    options = {one.path: one for one in sources if "/" in one.config}
    unread: dict[tuple[Path, bool], list[tuple[KeyPath, FileOrigin]]] = {}
    useful: set[Path] = set()
    for path, history in histories_beside(recipe).items():
        origin = history[-1].origin
        if path not in paths or not isinstance(origin, FileOrigin) or origin.path not in options:
            continue
        is_read, is_hydras = within(path, read), path[0] == HYDRA
        other = not is_hydras and path[0] not in scope.recipe  # Hydra's link to each other
        if is_read or (other and read_somewhere(path, libraries)):
            useful.add(origin.path)
        else:
            unread.setdefault((origin.path, is_hydras), []).append((path, origin))
    for (file, is_hydras), values in unread.items():
        found = _finding(options[file], values, recipe, book, libraries)
        data = {**found.data, "useful": file in useful}
        found = replace(found, data=data)
        yield _as_setting(found, values[0][1]) if is_hydras else found


def _as_setting(finding: Finding, place: FileOrigin) -> Finding:
    """What is said of values that are settings of Hydra's own, the first of which has a place."""
    if finding.data["way"] == "defaults":
        return finding
    mounted = finding.data["package"].partition(".")[0] == HYDRA
    data = {**finding.data, "mounted": mounted}
    origin = finding.origin if mounted else place  # unless the package does it, the key does
    return replace(finding, rule=HYDRA_SETTING, kind=HYDRA_SETTING, origin=origin, data=data)


def misheaded(findings: Iterable[Finding], recipe: Recipe, book: RuleBook) -> Iterator[Finding]:
    """The findings, with one for all unknown keys of a file that goes to a wrong part of a recipe.

    Such as all of a file whose header is ``# @package recipes.runn``.
    """
    sources = {source.path: source for source in recipe.provenance.sources if "/" in source.config}
    told: dict[Path, bool] = {}
    for finding in findings:
        origin = finding.origin
        source = (
            sources.get(origin.path) if isinstance(origin, FileOrigin) and origin.path else None
        )
        if source is None or finding.kind != "unknown-key-in-recipe":
            yield finding
            continue
        if source.path not in told:
            found = _wrong_part(source, finding, recipe, book)
            told[source.path] = found is not None
            yield found or finding
        elif not told[source.path]:
            yield finding


def _wrong_part(source: Source, finding: Finding, recipe: Recipe, book: RuleBook) -> Finding | None:
    """What is said of a file all of which belongs to another part of a recipe; None if not so."""
    document = read_file(source.path)
    mount: KeyPath = tuple(source.package.split("."))
    if document is None or mount[0] != MOUNT:
        return None  # it says whole keys
    header = header_of(document.text)
    contents = [path for path, _ in leaves(document.tree) if path and path[0] != "defaults"]
    right = _right_package(contents, mount, recipe, book)
    known = _keys(book)
    fits = any((*mount[1:], *path) in known for path in contents)  # with other choices maybe
    name = misspelt_defaults(document.tree)
    origin = finding.origin
    assert isinstance(origin, FileOrigin)
    if name is not None and finding.key == dotted((*mount[1:], name)):
        data: dict[str, Any] = {"way": "defaults", "keys": (finding.key,), "right": ""}
        place = _key_line(document, name, origin)
        return replace(finding, kind="wrong-part", value=None, origin=place, data=data)
    if right is None or right == mount or fits:
        return None
    by_entry = package_of(document.text, source.config) != mount
    keys = tuple(dotted((*mount[1:], *path)) for path in contents)
    data = {
        "way": "entry" if by_entry else "header",
        "keys": keys,
        "header": header.package,
        "package": source.package or "_global_",
        "written": _written(source, recipe),
        "right": dotted(right) or "_global_",
        "leave_out": by_entry and package_of(document.text, source.config) == right,
    }
    place = origin if by_entry else _header_line(document, header, source, origin)
    kind = "wrong-part"
    return replace(finding, kind=kind, key=keys[0], value=None, origin=place, data=data)


def _finding(
    source: Source,
    values: Sequence[tuple[KeyPath, FileOrigin]],
    recipe: Recipe,
    book: RuleBook,
    libraries: Libraries,
) -> Finding:
    document = read_file(source.path)
    assert document is not None  # it has values
    header = header_of(document.text)
    mount = tuple(source.package.split(".")) if source.package else ()
    named = package_of(document.text, source.config)
    contents = [path for path, _ in leaves(document.tree) if path[0] != "defaults"]
    right = _right_package(contents, mount, recipe, book)
    right = _meant(document.text, book) or right
    likely = _usual(source, libraries) if right is None else right
    lists = (*mount, misspelt_defaults(document.tree))
    values = [one for one in values if one[0] == lists] or values
    origin = values[0][1]
    if values[0][0] == lists:
        way = "defaults"
        origin = _key_line(document, str(lists[-1]), origin)
    elif named != mount:
        way = "entry"
    elif not mount and any(path[0] == MOUNT for path in contents):
        way = "key"
    else:
        way = "header"
        origin = _header_line(document, header, source, origin)
    data = {
        "way": way,
        "keys": tuple(dotted(path) for path, _ in values),
        "header": header.package,
        "package": source.package or "_global_",
        "written": _written(source, recipe),
        "right": dotted((MOUNT,) if likely is None else likely) or "_global_",
        "certain": likely is not None,
        "leave_out": named[:1] == (MOUNT,),
    }
    key = dotted(values[0][0])
    return Finding("warning", BESIDE, BESIDE, key, origin=origin, data=data)


def _meant(text: str, book: RuleBook) -> KeyPath | None:
    """The package that a header which is none names, if recipes have such a part."""
    package = meant_package(text)
    parts = {key[:length] for key in _keys(book) for length in range(len(key))}
    return package if package[:1] == (MOUNT,) and package[1:] in parts else None


def _keys(book: RuleBook) -> set[KeyPath]:
    """The keys that recipes of any family have."""
    return {key for family in book.families for key in families.keys(family.model)}


def _written(source: Source, recipe: Recipe) -> str:
    """The package of a file as a defaults list gives it, such as ``_here_``."""
    for other in recipe.provenance.sources:
        document = read_file(other.path)
        for entry in entries_of(document.tree) if document else ():
            names = [
                f"/{entry.group}/{option}".rpartition("//")[2].lstrip("/")
                for option in entry.options
            ]
            if entry.package and any(f"/{source.config}".endswith(f"/{one}") for one in names):
                return entry.package
    return source.package


def _key_line(document: Document, key: str, origin: FileOrigin) -> FileOrigin:
    """Where a key of a file stands, of which something has an origin."""
    place = document.origin((key,), key=True)
    return place._replace(file=origin.file, path=origin.path) if place else origin


def _header_line(
    document: Document, header: Header, source: Source, origin: FileOrigin
) -> FileOrigin:
    """The line of a header; that of a value if there is none."""
    if header.package is None:
        return origin
    text = document.text.splitlines()[header.line - 1]
    return FileOrigin(origin.file, header.line, 1, text, source.path)


def _right_package(
    contents: Iterable[KeyPath], mount: KeyPath, recipe: Recipe, book: RuleBook
) -> KeyPath | None:
    """Where most of what a file holds is a key of recipes; None if nowhere.

    The root is where a file belongs that says ``recipes:`` itself.
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
    likely = {dotted((MOUNT, *one)): one for one in votes if votes[one] == most}
    near = nearest(dotted(mount), likely)

    def order(name: str) -> tuple[Any, ...]:
        there = (lookup(recipe.scope.recipe, (*likely[name], *path)) for path in paths)
        valued = sum(value is not ABSENT for value in there)
        return (-valued, name not in near, len(likely[name]), name)

    return (MOUNT, *likely[min(likely, key=order)])


def _usual(source: Source, libraries: Libraries) -> KeyPath | None:
    """Where other options of a file's group go, if those are parts of a recipe."""
    group = source.config.partition("/")[0]
    found: Counter[KeyPath] = Counter()
    for option in libraries.options(group):
        file = libraries.option_file(group, option)
        document = read_file(file) if file and file != source.path else None
        package = package_of(document.text, f"{group}/{option}") if document else ()
        found.update([package] if package[:1] == (MOUNT,) else [])
    return next((package for package, _ in found.most_common(1)), None)
