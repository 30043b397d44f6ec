"""Messages about choices that aren't offered, don't go together or aren't there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydra_recipes.findings.messages.base import (
    AboutKey,
    AboutOverride,
    Detail,
    Text,
    some_keys,
)
from hydra_recipes.literals import spell_choice
from hydra_recipes.text import Bare, one_of, perhaps

NOTHING = "none"
"""The option of a group for which there is nothing to choose, such as ``peft`` for PPO."""


class NotOffered(AboutKey, kind="not-offered"):
    """Choices that the service doesn't offer together.

    Attributes:
        choices: The choices that matter, group to option.
        group: The group to choose another option of, if that helps.
        ways: Its options that are offered with the other choices.
    """

    choices: Mapping[str, str]
    group: str | None
    ways: Sequence[str]

    def text(self) -> Text:
        asked = _listed(self.choices)
        if self.group is None or not self.ways:
            return Text(f"{asked} is not offered", "recipe list shows what is")
        others = {name: option for name, option in self.choices.items() if name != self.group}
        if self.ways == (NOTHING,):
            return Text(
                f"{_listed(others)} takes no {self.group}; leave {self.group}={self.value} out",
                spell_choice(self.group, NOTHING),
            )
        rest = f" with {_listed(others)}" if others else ""
        offered = one_of([Bare(option) for option in self.ways])
        return Text(
            f"{asked} is not offered; offered{rest}: {self.group}={offered}",
            spell_choice(self.group, self.ways[0]),
        )


class KeyNotOffered(AboutOverride, kind="key-not-offered"):
    """A key that isn't in what choices compose that aren't offered together.

    Which keys there are depends on the choices, so only these are told.

    Attributes:
        choices: What to say of the choices.
    """

    choices: NotOffered

    def text(self) -> Text:
        return self.choices.text()


class MisplacedOption(AboutKey, kind="misplaced-option"):
    """An option that is made for other choices; the finding's value is its override.

    Attributes:
        keys: Its keys that this recipe doesn't have.
        needed: The group whose choice doesn't go with it.
        option: The choice in that group.
        ways: The options of that group that it is made for.
        near: The one of them that is nearest to the choice.
    """

    keys: Sequence[str]
    needed: str
    option: str
    ways: Sequence[str]
    near: str

    def text(self) -> Text:
        fitting = one_of([Bare(way) for way in self.ways])
        keys = f"{'keys' if len(self.keys) > 1 else 'key'} {some_keys(self.keys)}"
        return Text(
            f"{self.value} is for {self.needed}={fitting}; a recipe of {self.needed}={self.option} "
            f"doesn't have its {keys}",
            # Nobody wants another method for the sake of an option.
            f"leave {self.value} out"
            if self.needed == "method"
            else spell_choice(self.needed, self.near),
        )


class DerivedGroup(AboutKey, kind="derived-group"):
    """An option, chosen by hand, of a group whose option follows from other choices.

    Attributes:
        right: The option that follows.
        sources: The groups that it follows from.
    """

    right: str
    sources: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.key}={self.value} contradicts the other choices: {self.key} follows from "
            f"{' and '.join(self.sources)}, which make it {self.right}; leave it out"
        )


class ContradictedChoice(AboutKey, kind="contradicted-choice"):
    """A choice named beside a recipe that says otherwise.

    Attributes:
        possible: The options that the recipe may be of.
    """

    possible: Sequence[str]

    def text(self) -> Text:
        options = [Bare(option) for option in self.possible]
        meaning = f", whose values say {self.key}={one_of(options)}" if options else ""
        choice = f"{self.key}={self.value}"
        return Text(
            f"{choice} contradicts the recipe{meaning}; leave it out, or make another recipe of "
            f"the file: recipe compose --from FILE {choice}"
        )


class UnknownSubject(Detail, kind="unknown-subject"):
    """A name of neither a group nor an option.

    Attributes:
        nearest: The groups and options that may be meant.
        is_key: Whether it is a key.
    """

    name: str
    nearest: Sequence[str]
    is_key: bool = False

    def text(self) -> Text:
        message = f"there is no group or option {self.name}"
        if self.is_key:
            return Text(f"{message}, it is a key", f"recipe explain {self.name} tells of it")
        return Text(message, perhaps(self.nearest, "recipe list shows what there is"))


def _listed(choices: Mapping[str, str]) -> str:
    return " ".join(f"{group}={option}" for group, option in choices.items())
