"""Messages about a recipe that continues another: it begins with the checkpoint of that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.literals import spell_choice
from hydra_recipes.text import one_of_names, shown


class NoCheckpoint(AboutFile, kind="no-checkpoint"):
    """A recipe whose job leaves no checkpoint to begin with.

    Attributes:
        method: Its method.
        methods: The methods that leave one.
    """

    method: str
    methods: Sequence[str]

    def text(self) -> Text:
        message = f"{self.file} can't be continued: method={self.method} leaves no checkpoint"
        if not self.methods:
            return Text(message)
        return Text(f"{message}; continue a recipe of {one_of_names(self.methods)}")


class NoBeginning(AboutFile, kind="no-beginning"):
    """A method that doesn't begin with a checkpoint.

    Attributes:
        method: The method that was asked for.
        methods: The methods that do.
    """

    method: str
    methods: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"method={self.method} can't continue {self.file}: it begins with no checkpoint",
            f"method={one_of_names(self.methods)}",
        )


class OtherChoice(AboutFile, kind="other-choice"):
    """A choice that has to be the same as that of the recipe that is continued.

    Attributes:
        group: The group.
        option: What was chosen.
        earlier: What the recipe that is continued has.
        because: Why it has to be the same.
    """

    group: str
    option: str
    earlier: str
    because: str

    def text(self) -> Text:
        earlier = spell_choice(self.group, self.earlier)
        return Text(
            f"{spell_choice(self.group, self.option)} can't continue {self.file}, which is of "
            f"{earlier}: {self.because}",
            f"leave it out, or type {earlier}",
        )


class NoOfferToContinue(AboutFile, kind="no-offer-to-continue"):
    """A method that isn't offered with what has to stay the same.

    Attributes:
        method: The method that was asked for.
        choices: What has to stay the same, group to option.
        methods: The methods that are offered with it and begin with a checkpoint.
    """

    method: str
    choices: Mapping[str, str]
    methods: Sequence[str]

    def text(self) -> Text:
        same = " ".join(spell_choice(group, option) for group, option in self.choices.items())
        hint = f"method={one_of_names(self.methods)}" if self.methods else None
        return Text(
            f"method={self.method} can't continue {self.file}: it is not offered with {same}", hint
        )


class NotCarried(Detail, kind="not-carried"):
    """A value that isn't carried over, as it holds for the other method only.

    Attributes:
        key: The whole key.
        value: Its value in the recipe that is continued.
        method: The method of that recipe.
    """

    key: str
    value: Any
    method: str

    def text(self) -> Text:
        return Text(f"{self.key}={shown(self.value)}, which is for method={self.method}")
