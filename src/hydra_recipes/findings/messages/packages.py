"""Messages about packages: what decides where a file's content goes, and how to change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hydra_recipes.findings.messages.base import Detail, Text, some_keys
from hydra_recipes.tree import MOUNT

Way = Literal["header", "entry", "key", "defaults"]
"""What decides where content goes: a header, a defaults list's entry, its keys, or a typo."""


class AboutPackage(Detail):
    """A file whose content goes where it has no effect.

    Attributes:
        way: What decides where it goes.
        keys: The keys without effect.
        header: The package in the header, if there is one.
        package: The package where the content goes.
        written: That package as a defaults list writes it.
        right: The package that is probably meant.
        certain: Whether that is all but certain.
        leave_out: Whether the file goes there by itself, without the package of the entry.
    """

    way: Way
    keys: Sequence[str]
    header: str | None = None
    package: str = ""
    written: str = ""
    right: str = ""
    certain: bool = False
    leave_out: bool = False

    @property
    def cause(self) -> str:
        """What decides where the content goes, in words."""
        if self.way == "header" and self.header is None:
            return f"without a header in its first line the file goes to {self.package}"
        return {
            "header": f"the header says {self.header}",
            "entry": f"a defaults list gives it the package {self.package}",
            "defaults": "a defaults list is called defaults",
            "key": "it is not under recipes:",
        }[self.way]

    @property
    def other_package(self) -> str:
        """What to do about the package that a defaults list or the header gives."""
        if self.way != "entry":
            return f"begin the file with # @package {self.right}"
        action = "leave out" if self.leave_out else f"write @{self.right} in place of"
        return f"{action} @{self.written}"


class BesideRecipe(AboutPackage, kind="beside-recipe"):
    """Values that stand beside the recipe, where no link reads them.

    Attributes:
        useful: Whether links read other values of the file.
    """

    useful: bool = False

    def text(self) -> Text:
        verb, it = ("stands", "it") if len(self.keys) == 1 else ("stand", "them")
        message = f"{some_keys(self.keys)} {verb} beside the recipe, and no link reads {it}"
        hint = self.other_package
        if self.way == "header" and (self.useful or not self.certain):
            hint = f"read it by a link, ${{{self.keys[0]}}}, remove it, or {hint}"
        elif self.way == "key":
            hint = f"put it under {MOUNT}:"
        elif self.way == "defaults":
            hint = "did you mean defaults"
        return Text(f"{message}: {self.cause}", hint)


class HydraSetting(BesideRecipe, kind="hydra-setting"):
    """Hydra's own settings, which only a plain Hydra app uses.

    Attributes:
        mounted: Whether the file's package makes them settings.
    """

    mounted: bool

    def text(self) -> Text:
        what, are, it = (
            ("a setting", "is", "it") if len(self.keys) == 1 else ("settings", "are", "them")
        )
        message = (
            f"{some_keys(self.keys)} {are} {what} of Hydra's own: a plain Hydra app uses {it}, "
            "recipe commands don't"
        )
        hint = f"put {it} into the primary config of an app"
        if self.mounted and (self.certain or self.leave_out):
            hint = f"{hint}; if meant for the recipe, {self.other_package}"
        return Text(message, hint)


class WrongPart(AboutPackage, kind="wrong-part"):
    """Values that stand in a part of the recipe which has no such keys."""

    def text(self) -> Text:
        what = "is not a key" if len(self.keys) == 1 else "are no keys"
        hint = "did you mean defaults" if self.way == "defaults" else self.other_package
        return Text(f"{some_keys(self.keys)} {what} of this recipe: {self.cause}", hint)
