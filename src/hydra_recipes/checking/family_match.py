"""Whether a tree is a recipe of a known family and, if not, of which other method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra_recipes.checking.methods import (
    evidence_to_write,
    foreign_method,
    known_methods,
    told_methods,
)
from hydra_recipes.checking.recognition import recognise
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.messages.families import NotARecipe, OtherMethod, UnknownFamily
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.model import Family, RuleBook
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.tree import leaves, named, nearest

_MOST_NAMED = 6
"""How many missing, unknown or misspelled keys are named or looked up at most."""


@dataclass(frozen=True)
class FamilyMatch:
    """How well a tree fits a family.

    Attributes:
        family: The family.
        known: How many of the tree's values stand in keys that the family has.
        unknown: The key paths of the other values.
        needed: How many values a recipe of the family must have.
        missing: The key paths of those that the tree lacks.
    """

    family: Family
    known: int
    unknown: tuple[KeyPath, ...]
    needed: int
    missing: tuple[KeyPath, ...]

    @property
    def belongs(self) -> bool:
        """Whether the family has most of the tree's keys."""
        return self.known > len(self.unknown)

    @property
    def good(self) -> bool:
        """Whether most of the tree's keys belong, and half of those required are there."""
        return self.belongs and 2 * len(self.missing) <= self.needed


def unknown_keys(resolved: Mapping[str, Any], family: str) -> frozenset[KeyPath]:
    """Return the key paths of a recipe that a family doesn't have.

    Args:
        resolved: The recipe without links.
        family: Import path of the family's model.
    """
    if families.outline(family).fits(resolved):
        return frozenset()
    from pydantic import ValidationError

    try:
        families.model(family).model_validate(resolved)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return frozenset(detail["loc"] for detail in details if detail["type"] == "extra_forbidden")
    return frozenset()


def raise_unless_recipe(file: str, resolved: Mapping[str, Any], book: RuleBook) -> None:
    """Raise if a tree has too few of the sections that any family needs, or of ones spelled so.

    A third of them is enough: other methods' sections, such as ``model``, are keys of many other
    files too, as are other keys at a recipe's root, such as ``version``. Without families, anything
    may be a recipe.

    Args:
        file: What the file is called.
        resolved: The tree.
        book: The rules.

    Raises:
        DocumentError: If so, with the families there are.
    """
    for family in book.families:
        sections = _sections(family)
        present = [name for name in resolved if name in sections or nearest(str(name), sections)]
        if 3 * len(present) >= len(sections):
            return
    if book.families:
        names = tuple(family.id for family in book.families)
        sections = _sections(book.families[0])
        raise DocumentError(NotARecipe(file=file, sections=sections, families=names))


def _sections(family: Family) -> tuple[str, ...]:
    """Return the sections at the root of a recipe that a family needs."""
    required = families.outline(family.model).required
    return tuple(dict.fromkeys(str(path[0]) for path in required))


def raise_unless_family(
    file: str, resolved: Mapping[str, Any], book: RuleBook, hints: Mapping[str, str]
) -> None:
    """Raise if a file's tree is no recipe of any family; without families, anything may be one.

    Args:
        file: What the file is called.
        resolved: The tree without links.
        book: The rules.
        hints: Choices that the file's first line names, group to option.

    Raises:
        DocumentError: If so, with the method that it is of, or what the nearest family requires.
    """
    wrong: OtherMethod | UnknownFamily | None = other_method(file, resolved, book, hints)
    if wrong is None:
        raise_unless_recipe(file, resolved, book)
        wrong = misfit(file, resolved, book)
    if wrong is not None:
        raise DocumentError(wrong)


def other_method(
    file: str, resolved: Mapping[str, Any], book: RuleBook, hints: Mapping[str, str]
) -> OtherMethod | None:
    """Return what is wrong with a recipe of a method without a family, or None."""
    foreign = foreign_method(book, resolved, hints)
    if foreign is None:
        return None
    return OtherMethod(
        file=file,
        method=foreign.method.id,
        about=foreign.method.about,
        evidence=foreign.evidence,
        path=foreign.path,
        known=known_methods(book),
        hint=foreign.method.hint,
    )


def misfit(
    file: str, resolved: Mapping[str, Any], book: RuleBook, likely: str | None = None
) -> UnknownFamily | None:
    """Return what is wrong with a recipe of no family, by what the nearest one requires, or None.

    Args:
        file: What the file is called.
        resolved: The tree without links.
        book: The rules.
        likely: Import path of the model that probably fits. It is tried first; the others are
            imported only if it doesn't fit.
    """
    told = [found.method.id for found in told_methods(book, resolved, {})]
    of_method = [
        family
        for family in book.families
        if not set(dict(family.when.groups).get(METHOD, told)).isdisjoint(told)
    ]
    family_matches: list[FamilyMatch] = []
    for family in sorted(
        of_method or book.families, key=lambda candidate: candidate.model != likely
    ):
        family_matches.append(_match(resolved, family))
        if family_matches[-1].good:
            return None
    if not family_matches:
        return None
    recognised = recognise(book, resolved, {}, {})
    recognised_family = book.family_of(recognised.candidates[0]) if recognised.told else None

    def closeness(match: FamilyMatch) -> tuple[bool, int, int]:
        return (
            match.family.model == recognised_family,
            match.known - len(match.unknown),
            -len(match.missing),
        )

    others = [family for family in book.families if of_method and family not in of_method]
    of_other_method = (match for match in (_match(resolved, family) for family in others))
    meant = next((match for match in of_other_method if match.good and not match.unknown), None)
    nearest_match = meant or max(family_matches, key=closeness)
    told_by, path = _untold(nearest_match.family, book, resolved, told)
    return UnknownFamily(
        file=file,
        families=tuple(family.id for family in of_method or book.families),
        nearest=nearest_match.family.id,
        missing=tuple(map(dotted, nearest_match.missing[:_MOST_NAMED])),
        more_missing=max(0, len(nearest_match.missing) - _MOST_NAMED),
        unknown=tuple(map(dotted, nearest_match.unknown[:_MOST_NAMED])),
        more_unknown=max(0, len(nearest_match.unknown) - _MOST_NAMED),
        is_part=meant is None and any(match.belongs for match in family_matches),
        methods=known_methods(book),
        told_by=told_by,
        path=path,
    )


def _untold(
    family: Family, book: RuleBook, resolved: Mapping[str, Any], told: Sequence[str]
) -> tuple[tuple[str, str] | None, KeyPath]:
    """Return a family's method with what would tell it, unless it is told; and where that goes."""
    of_family = dict(family.when.groups).get(METHOD, ())
    for method in book.methods:
        if method.id in of_family and method.id not in told:
            key, words = evidence_to_write(method, families.keys(family.model))
            present = list(named(resolved, {key.rpartition(".")[2]}))
            return (method.id, words), present[0] if len(present) == 1 else ()
    return None, ()


def _match(resolved: Mapping[str, Any], family: Family) -> FamilyMatch:
    """Return how well a tree fits a family, misspelled sections read as the ones meant."""
    resolved = _with_sections_meant(resolved, _inside(family.model))
    unknown_paths = unknown_keys(resolved, family.model)
    paths = [path for path, _ in leaves(resolved)]
    unknown = [
        path
        for path in paths
        if any(path[:length] in unknown_paths for length in range(1, len(path) + 1))
    ]
    required = families.outline(family.model).required
    missing = tuple(path for path in required if path not in paths)
    return FamilyMatch(family, len(paths) - len(unknown), tuple(unknown), len(required), missing)


def _with_sections_meant(
    tree: Mapping[Any, Any], inside: Mapping[KeyPath, Sequence[str]], section: KeyPath = ()
) -> dict[Any, Any]:
    """Return a tree with its misspelled sections named as the family names them.

    Args:
        tree: The recipe, or a section of it.
        inside: The names of the keys that each section of the family may have.
        section: The key path of ``tree``.
    """
    renamed = dict(tree)
    known_names = inside.get(section, ())
    unknown_names = [
        name for name in tree if name not in known_names and isinstance(tree[name], Mapping)
    ]
    for name in unknown_names[:_MOST_NAMED]:
        similar = [
            candidate for candidate in nearest(str(name), known_names) if candidate not in renamed
        ]
        if similar:
            renamed[similar[0]] = renamed.pop(name)
    return {
        name: _with_sections_meant(value, inside, (*section, name))
        if isinstance(value, Mapping) and (*section, name) in inside
        else value
        for name, value in renamed.items()
    }


@lru_cache
def _inside(family: str) -> dict[KeyPath, list[str]]:
    """Return the names of the keys in each section of a family, by the section's key path."""
    names: dict[KeyPath, list[str]] = {}
    for path in families.keys(family):
        names.setdefault(path[:-1], []).append(str(path[-1]))
    return names
