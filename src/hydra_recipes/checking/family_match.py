"""Whether a tree is a recipe of a family that is known; which method it is of otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hydra_recipes.checking.recognition import foreign_method, known_methods, recognise
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.model import Family, RuleBook
from hydra_recipes.tree import leaves, nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

_TOLD = 6
"""How many keys are told of those that are missing or too many."""


@dataclass(frozen=True)
class Fit:
    """How a tree fits a family.

    Attributes:
        family: The family.
        known: How many of the tree's values stand in keys that the family has.
        unknown: The keys that it doesn't have.
        needed: How many values a recipe of the family must have.
        missing: Those of them that aren't there.
    """

    family: Family
    known: int
    unknown: tuple[KeyPath, ...]
    needed: int
    missing: tuple[KeyPath, ...]

    @property
    def belongs(self) -> bool:
        """Whether most of what is there belongs."""
        return self.known > len(self.unknown)

    @property
    def good(self) -> bool:
        """Whether most of what is there belongs, and most of what belongs is there."""
        return self.belongs and 2 * len(self.missing) <= self.needed


def unknown_keys(resolved: Mapping[str, Any], family: str) -> frozenset[KeyPath]:
    """The keys of a recipe that a family, given by its model's import path, doesn't have."""
    from pydantic import ValidationError

    try:
        families.model(family).model_validate(resolved)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return frozenset(one["loc"] for one in found if one["type"] == "extra_forbidden")
    return frozenset()


def raise_unless_recipe(file: str, resolved: Mapping[str, Any], book: RuleBook) -> None:
    """Raises if a file's tree has no section that some family needs, nor one spelled like it.

    What a recipe may have at its root besides, such as a ``version``, many other files have too.
    Without families anything may be a recipe.

    Raises:
        DocumentError: If so; it says which families there are.
    """
    keys = (_required(families.model(family.model), ()) for family in book.families)
    sections = list(dict.fromkeys(str(path[0]) for paths in keys for path in paths))
    meant = (name in sections or nearest(str(name), sections) for name in resolved)
    if sections and not any(meant):
        names = tuple(family.id for family in book.families)
        raise DocumentError("not-a-recipe", file=file, sections=sections, families=names)


def raise_unless_family(
    file: str, resolved: Mapping[str, Any], book: RuleBook, hints: Mapping[str, str]
) -> None:
    """Raise if a file's tree is no recipe of any family; without families anything may be one.

    Args:
        file: What the file is called.
        resolved: The tree without links.
        book: The rules.
        hints: Choices that the file's first line names.

    Raises:
        DocumentError: If so; it says which method it is of, or what the nearest family would take.
    """
    error = other_method(file, resolved, book, hints)
    if error is None:
        raise_unless_recipe(file, resolved, book)
        error = misfit(file, resolved, book)
    if error is not None:
        raise error


def other_method(
    file: str, resolved: Mapping[str, Any], book: RuleBook, hints: Mapping[str, str]
) -> DocumentError | None:
    """Return the error for a recipe of a method without a family, with what tells it."""
    told = foreign_method(book, resolved, hints)
    if told is None:
        return None
    return DocumentError(
        "other-method",
        file=file,
        method=told.method.id,
        about=told.method.about,
        evidence=told.evidence,
        path=told.path,
        known=known_methods(book),
        hint=told.method.hint,
    )


def misfit(
    file: str, resolved: Mapping[str, Any], book: RuleBook, likely: str | None = None
) -> DocumentError | None:
    """Return the error for a recipe of no family, with what the nearest would take, or None.

    One that is part of a recipe, as most of what it has belongs in one, ``is_part``.

    Args:
        file: What the file is called.
        resolved: The tree without links.
        book: The rules.
        likely: The model of the family that it is probably of; of others the module is imported
            only if it isn't.
    """
    fits: list[Fit] = []
    for family in sorted(book.families, key=lambda one: one.model != likely):
        fits.append(_fit(resolved, family))
        if fits[-1].good:
            return None
    if not fits:
        return None
    recognised = recognise(book, resolved, {}, {})
    told = book.family_of(recognised.candidates[0]) if recognised.told else None

    def closeness(fit: Fit) -> tuple[bool, int, int]:
        return fit.family.model == told, fit.known - len(fit.unknown), -len(fit.missing)

    nearest_fit = max(fits, key=closeness)
    return DocumentError(
        "unknown-family",
        file=file,
        families=tuple(family.id for family in book.families),
        nearest=nearest_fit.family.id,
        missing=tuple(map(dotted, nearest_fit.missing[:_TOLD])),
        more_missing=max(0, len(nearest_fit.missing) - _TOLD),
        unknown=tuple(map(dotted, nearest_fit.unknown[:_TOLD])),
        more_unknown=max(0, len(nearest_fit.unknown) - _TOLD),
        is_part=any(fit.belongs for fit in fits),
    )


def _fit(resolved: Mapping[str, Any], family: Family) -> Fit:
    resolved = _with_sections_meant(resolved, _inside(family.model))
    strange = unknown_keys(resolved, family.model)
    there = [path for path, _ in leaves(resolved)]
    unknown = [p for p in there if any(p[:length] in strange for length in range(1, len(p) + 1))]
    needed = list(_required(families.model(family.model), ()))
    missing = tuple(path for path in needed if path not in there)
    return Fit(family, len(there) - len(unknown), tuple(unknown), len(needed), missing)


def _with_sections_meant(
    tree: Mapping[Any, Any], inside: Mapping[KeyPath, Sequence[str]], at: KeyPath = ()
) -> dict[Any, Any]:
    """Return a tree with its sections called as a family calls them, where they are misspelled.

    Args:
        tree: The recipe, or a section of it.
        inside: The keys that each section of the family may have.
        at: The section's key.
    """
    found = dict(tree)
    known = inside.get(at, ())
    strange = [name for name in tree if name not in known and isinstance(tree[name], Mapping)]
    for name in strange[:_TOLD]:
        near = [one for one in nearest(str(name), known) if one not in found]
        if near:
            found[near[0]] = found.pop(name)
    return {
        name: _with_sections_meant(value, inside, (*at, name))
        if isinstance(value, Mapping) and (*at, name) in inside
        else value
        for name, value in found.items()
    }


@lru_cache
def _inside(family: str) -> dict[KeyPath, list[str]]:
    found: dict[KeyPath, list[str]] = {}
    for path in families.keys(family):
        found.setdefault(path[:-1], []).append(str(path[-1]))
    return found


def _required(section: type[BaseModel], at: KeyPath) -> Iterator[KeyPath]:
    """The values that a recipe must have."""
    for name, field in section.model_fields.items():
        if field.is_required():
            inner = families.nested(field.annotation)
            yield from [(*at, name)] if inner is None else _required(inner, (*at, name))
