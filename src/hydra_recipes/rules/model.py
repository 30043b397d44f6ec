"""Data model of a library's rules files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.record import Record

if TYPE_CHECKING:
    from hydra_recipes.findings.finding import SwitchedOff
    from hydra_recipes.findings.messages.base import Severity
    from hydra_recipes.rules.declarations import Move, Off, Shadow

RELATIVE = "relative"
"""The style of links that a limit may ask for: links that hold wherever the recipe stands."""
Schema = Mapping[str, Any] | bool
"""JSON Schema keywords for one key; ``False``: the key must not be there."""
Choices = Mapping[str, tuple[str, ...]]
"""Group to the option chosen, followed by the options of the group that it extends."""
Extended = Callable[[str, str], tuple[str, ...]]
"""A function from group and option to the options that it extends, the nearest first."""


class When(Record):
    """The choices for which an entry holds: for each group named, one of the options listed."""

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def matches(self, choices: Choices) -> bool:
        """Return whether the entry holds for these choices."""
        return all(
            any(option in options for option in choices.get(group, ()))
            for group, options in self.groups
        )


class Offer(Record):
    """Combinations of choices that the service offers: all combinations of the options listed."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    library: str = ""

    def includes(self, choices: Mapping[str, str]) -> bool:
        """Return whether a combination is one of this offer's."""
        return all(choices.get(group) in options for group, options in self.groups)

    def narrowed(self, wanted: Choices) -> Offer:
        """Return the part of this offer that has one of the wanted options of each group."""
        groups = (
            (group, tuple(option for option in options if option in wanted[group]))
            if group in wanted
            else (group, options)
            for group, options in self.groups
        )
        return self._replace(groups=tuple(groups))

    def combinations(self) -> Iterator[dict[str, str]]:
        """Yield every combination, as group to option."""
        names = [group for group, _ in self.groups]
        for options in product(*(options for _, options in self.groups)):
            yield dict(zip(names, options, strict=True))


class Limit(Record):
    """The allowed values of single keys, under given choices.

    Attributes:
        id: The limit's id.
        library: The library it comes from.
        file: The rules file it stands in.
        when: The choices for which it holds.
        keys: Short key to JSON Schema keywords.
        required: The short keys that must be present.
        severity: The severity of breaking it.
        because: The reason.
        identifies: The group whose option follows from a recipe's values by this limit, if any.
        source: The name of its source, with a link if there is one; empty if it has none.
        links: ``relative`` if links in a recipe's file have to be written so, otherwise None.
    """

    id: str
    library: str
    file: str
    when: When
    keys: tuple[tuple[str, Schema], ...]
    required: tuple[str, ...]
    severity: Severity
    because: str
    identifies: str | None
    source: str = ""
    links: str | None = None


class Rule(Record):
    """A condition on several keys together, under given choices.

    Attributes:
        id: The rule's id.
        library: The library it comes from.
        file: The rules file it stands in.
        when: The choices for which it holds.
        require: A CEL expression over short keys; a key that the recipe lacks is ``null``.
        json_schema: The same condition in JSON Schema, over short keys, if it can be said so.
        message: What is wrong with a recipe that breaks it.
        hint: What to type instead, if the same always helps.
        severity: The severity of breaking it.
        because: The reason.
        source: The name of its source, as in a limit.
    """

    id: str
    library: str
    file: str
    when: When
    require: str
    json_schema: Mapping[str, Any] | None
    message: str
    hint: str | None
    severity: Severity
    because: str
    source: str = ""


def is_schema(family: str) -> bool:
    """Return whether a family's model is a JSON Schema, and no import path."""
    return family.startswith("{")


class Family(Record):
    """The shape of recipes under given choices.

    Attributes:
        id: The family's id.
        when: The choices that it is for.
        model: The import path of its pydantic model, ``package.module:Name``; or its JSON Schema,
            as text, references replaced.
        library: The library it comes from.
        file: The rules file it stands in.
    """

    id: str
    when: When
    model: str
    library: str = ""
    file: str = ""

    @property
    def is_schema(self) -> bool:
        """Whether its model is a JSON Schema."""
        return is_schema(self.model)

    @property
    def field(self) -> str:
        """The field of its entry that gives the shape."""
        return "schema" if self.is_schema else "model"


class Method(Record):
    """A training method, and how to tell it from a recipe.

    Attributes:
        id: The option of the group ``method``.
        about: A description.
        told_by: Alternative signs of it. Each is a set of conditions that must all hold, as short
            key and schema: JSON Schema keywords for the value, ``True`` if the key is present,
            ``False`` if it is absent.
        hint: What turns it into a recipe of another method, if one change does.
        library: The library it comes from.
        file: The rules file it stands in.
    """

    id: str
    about: str
    told_by: tuple[tuple[tuple[str, Schema], ...], ...]
    hint: str | None = None
    library: str = ""
    file: str = ""


class Alias(Record):
    """Other names of a key, which mean the same but aren't spelled alike.

    Attributes:
        id: The alias's id.
        when: The choices for which it holds.
        names: The other names, each a dotted key or the end of one.
        key: The short key that is meant.
        because: The reason why the value can't be moved as it is; None if it can.
        library: The library it comes from.
        file: The rules file it stands in.
    """

    id: str
    when: When
    names: tuple[str, ...]
    key: str
    because: str | None = None
    library: str = ""
    file: str = ""


class Chain(Record):
    """How a recipe continues another: it begins with the checkpoint that the other's job leaves.

    Attributes:
        id: The chain's id.
        when: The choices of recipes that can begin with a checkpoint.
        after: The choices of recipes whose jobs leave one.
        same: The groups whose option has to be the same in both, each with the reason.
        usual: The groups whose option is the same unless another is asked for.
        keys: The short keys whose values hold for both.
        data: The short keys whose values hold for both if their methods are the same.
        name: The short key of the run's name, to which the method is added; None if there is none.
        short: What to add for a method instead of its option.
        checkpoint: The short key of the checkpoint's place.
        because: Where the finished job tells that place.
        source: The name of its source, as in a limit.
        library: The library it comes from.
        file: The rules file it stands in.
    """

    id: str
    when: When
    after: When
    same: tuple[tuple[str, str], ...]
    usual: tuple[str, ...]
    keys: tuple[str, ...]
    data: tuple[str, ...]
    name: str | None
    short: tuple[tuple[str, str], ...]
    checkpoint: str
    because: str
    source: str = ""
    library: str = ""
    file: str = ""


class Spelling(Record):
    """Another name of an option, which may be written for it anywhere."""

    name: str
    group: str
    option: str


class Group(Record):
    """The description of a group; a derived one follows from choices and isn't chosen by hand."""

    name: str
    about: str
    derived: bool


class RuleBook(Record):
    """The rules of all libraries, in library order.

    Limits and rules that are switched off are left out. An option that extends another of its group
    counts as that one too; see ``library/defaults.py``.
    """

    families: tuple[Family, ...]
    groups: tuple[Group, ...]
    offers: tuple[Offer, ...]
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    off: tuple[OffRule, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    moves: tuple[Move, ...] = ()
    extended: Extended = lambda *_: ()
    now: Moves = NO_MOVES
    methods: tuple[Method, ...] = ()
    aliases: tuple[Alias, ...] = ()
    chains: tuple[Chain, ...] = ()

    @property
    def entries(self) -> tuple[Limit | Rule, ...]:
        """Return the limits, followed by the rules."""
        return (*self.limits, *self.rules)

    @property
    def derived(self) -> frozenset[str]:
        """Return the groups that follow from choices and aren't chosen by hand."""
        return frozenset(group.name for group in self.groups if group.derived)

    @property
    def sections(self) -> frozenset[str]:
        """Return the first names of dotted keys in limits, among them sections of recipes."""
        keys = {key for limit in self.limits for key, _ in limit.keys}
        keys.update(*(limit.required for limit in self.limits))
        return frozenset(key.partition(".")[0] for key in keys if "." in key)

    def family_of(self, choices: Mapping[str, str]) -> str | None:
        """Return the import path of the model that a recipe of these choices must fit, or None."""
        kinds = self.kinds(choices)
        fitting = (family.model for family in self.families if family.when.matches(kinds))
        return next(fitting, None)

    def kinds(self, choices: Mapping[str, str]) -> Choices:
        """Return each choice's option, followed by those it extends."""
        return {group: self.kinds_of(group, option) for group, option in choices.items()}

    def kinds_of(self, group: str, option: str) -> tuple[str, ...]:
        """Return an option, followed by those it extends, the nearest first."""
        return (option, *self.extended(group, option))

    def offered_as(self, choices: Mapping[str, str]) -> dict[str, str]:
        """Return the choices as offers name them.

        An option that no offer names counts as the nearest one it extends that an offer does name.
        An option that is named has only its own offers.
        """
        offered = _offered(self.offers)
        return {
            group: next((option for option in kinds if (group, option) in offered), kinds[0])
            for group, kinds in self.kinds(choices).items()
        }

    def is_offered(self, choices: Mapping[str, str]) -> bool:
        """Return whether the service offers this combination; without any offers all are."""
        asked = self.offered_as(choices)
        return not self.offers or any(offer.includes(asked) for offer in self.offers)


@lru_cache(maxsize=8)
def _offered(offers: tuple[Offer, ...]) -> frozenset[tuple[str, str]]:
    """Return every group and option that an offer names."""
    groups = (pair for offer in offers for pair in offer.groups)
    return frozenset((group, option) for group, options in groups for option in options)


class OffRule(Record):
    """A limit or rule with the declaration that switches it off."""

    entry: Limit | Rule
    by: Off

    def told(self) -> SwitchedOff:
        """Return the entry as reports show it."""
        # Imported late, as most libraries switch nothing off.
        from hydra_recipes.findings.finding import SwitchedOff

        return SwitchedOff(self.entry.id, self.entry.library, self.by.library, self.by.because)
