"""Messages about recipes that no known family fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydra_recipes.findings.messages.base import AboutFile, AboutKey, Detail, Text, composed_with
from hydra_recipes.origin import KeyPath
from hydra_recipes.text import one_of

_MANY = 6
"""From how many families on their methods are named instead."""


class NotARecipe(AboutFile, kind="not-a-recipe"):
    """A file without anything of a recipe.

    Attributes:
        sections: The sections that a recipe has.
        families: The families that are known.
    """

    sections: Sequence[str]
    families: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.file} is not a recipe: it has no {' and no '.join(self.sections)}; "
            f"the known families are {', '.join(self.families)}"
        )


class UnknownFamily(AboutFile, kind="unknown-family"):
    """A recipe that none of the families fits.

    Attributes:
        families: The families that are known.
        nearest: The one that fits best.
        missing: The first keys that this family requires and the recipe lacks.
        more_missing: How many more there are.
        unknown: The first keys that this family doesn't have.
        more_unknown: How many more there are.
        is_part: Whether most of the recipe belongs in one of some family.
        named: The options by which its first line names libraries that aren't in force.
        methods: The methods that the families are for, to name instead if those are many.
        told_by: What tells the nearest one's method and the recipe lacks, if anything: the method
            and what to write.
        path: The key whose value that is, if the recipe has it.
    """

    families: Sequence[str]
    nearest: str
    missing: Sequence[str]
    more_missing: int
    unknown: Sequence[str]
    more_unknown: int
    is_part: bool
    named: Sequence[str] = ()
    methods: Sequence[str] = ()
    told_by: tuple[str, str] | None = None
    path: KeyPath = ()

    def text(self) -> Text:
        missing = _listed(self.missing, self.more_missing)
        unknown = _listed(self.unknown, self.more_unknown)
        method, evidence = self.told_by or ("", "")
        hint = composed_with(self.named) or (f"for {method}, {evidence}" if evidence else None)
        if not missing and not unknown:
            return Text(f"{self.file} has the keys of {self.nearest}, and not what tells it", hint)
        parts = [f"lacks {missing}" if missing else "", f"has {unknown} besides" if unknown else ""]
        known = f"family ({', '.join(self.families)})"
        if self.methods and len(self.families) > _MANY:
            known = f"method ({', '.join(self.methods)})"
        return Text(
            f"{self.file} is a recipe of no known {known}; "
            f"for the nearest, {self.nearest}, it {' and '.join(filter(None, parts))}",
            hint,
        )


class OtherMethod(AboutFile, kind="other-method"):
    """A recipe of a method that no family is for.

    Attributes:
        method: The method.
        about: What it is.
        evidence: What in the recipe tells it, in words.
        path: The key that tells it; empty if only missing keys do.
        known: The methods that families are for.
        hint: What to do with such a recipe, if a library says so.
    """

    method: str
    about: str
    evidence: str
    path: KeyPath
    known: Sequence[str]
    hint: str | None

    def text(self) -> Text:
        return Text(
            f"{self.file} is a recipe of the method {self.method} ({self.about}), told by "
            f"{self.evidence}; there are families for {one_of([*self.known])} only, so nothing "
            "more is said of it",
            self.hint,
        )


class MixedMethods(AboutKey, kind="mixed-methods"):
    """A block of a method in a recipe of another one; the finding's key is the block.

    Attributes:
        method: The method of the recipe.
        evidence: What tells it, in words.
        other: The method of the block.
    """

    method: str
    evidence: str
    other: str

    def text(self) -> Text:
        return Text(
            f"{self.key} is a block of the method {self.other}, and {self.evidence} one of "
            f"{self.method}; a recipe is of one method",
            f"remove {self.key} for {self.method}, or {self.evidence} for {self.other}",
        )


class ToldByAbsence(Detail, kind="told-by-absence"):
    """A method that is told by what a recipe lacks, so that it may be a mistake.

    Attributes:
        method: The method.
        about: What it is.
        evidence: What tells it, in words.
        hint: What turns the recipe into one of another method.
    """

    method: str
    about: str
    evidence: str
    hint: str | None

    def text(self) -> Text:
        return Text(
            f"this is read as a recipe of {self.method} ({self.about}), told by {self.evidence}",
            self.hint,
        )


class NoFamily(Detail, kind="no-family"):
    """Choices for which no library has a family."""

    choices: Mapping[str, str]

    def text(self) -> Text:
        choices = " ".join(f"{group}={option}" for group, option in self.choices.items())
        return Text(
            f"no library has a family for {choices}",
            "say in a rules file, under families, which it is",
        )


def _listed(names: Sequence[str], more: int) -> str:
    return ", ".join(names) + (f" and {more} more" if more else "")
