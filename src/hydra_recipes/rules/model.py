"""The data model of a library's rules files.

Nearly every command starts by making these classes. A named tuple is made in a fifth of the time of
a dataclass, and in half of that where annotations aren't text.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from hydra_recipes.library.moves import NO_MOVES, Moves

if TYPE_CHECKING:
    from hydra_recipes.findings.finding import Severity, SwitchedOff
    from hydra_recipes.rules.declarations import Move, Off, Shadow

RELATIVE = "relative"
"""How a limit may want links: so that they hold wherever the recipe stands."""
Schema = Mapping[str, Any] | bool
"""JSON Schema keywords for one key; ``False``: the key must not be there."""
Choices = Mapping[str, tuple[str, ...]]
"""Group to the option chosen, and the options of the group that it extends."""
Extended = Callable[[str, str], tuple[str, ...]]
"""The options that an option, named with its group, extends, the nearest first."""


class When(NamedTuple):
    """For which choices an entry holds: for each group named, one of the options listed."""

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def matches(self, choices: Choices) -> bool:
        """Whether the entry holds for these choices."""
        return all(
            any(one in options for one in choices.get(group, ())) for group, options in self.groups
        )


class Offer(NamedTuple):
    """Combinations of choices that the service offers: every combination of the options listed."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    library: str = ""

    def includes(self, choices: Mapping[str, str]) -> bool:
        """Whether the combination is one of this offer's."""
        return all(choices.get(group) in options for group, options in self.groups)

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every combination, one at a time."""
        names = [group for group, _ in self.groups]
        for options in product(*(options for _, options in self.groups)):
            yield dict(zip(names, options, strict=True))


class Limit(NamedTuple):
    """What single keys may be, under given choices.

    Attributes:
        id: Its name.
        library: The library it comes from.
        file: The rules file it stands in.
        when: For which choices it holds.
        keys: Short key to JSON Schema keywords.
        required: Short keys that must be there.
        severity: What breaking it is.
        because: Why it holds.
        identifies: The group whose option a recipe's value tells, if this limit tells it.
        source: Who says so: a name, with a link if there is one; empty if that isn't told.
        links: How the links of a recipe's file have to be written, if it says that: ``relative``.
    """

    id: str
    library: str
    file: str
    when: When
    keys: tuple[tuple[str, Schema], ...]
    required: tuple[str, ...]
    severity: "Severity"
    because: str
    identifies: str | None
    source: str = ""
    links: str | None = None


class Rule(NamedTuple):
    """What several keys must satisfy together, under given choices.

    Attributes:
        id: Its name.
        library: The library it comes from.
        file: The rules file it stands in.
        when: For which choices it holds.
        require: A CEL expression over short keys; a key that the recipe lacks is ``null``.
        schema: The same in JSON Schema, over short keys, where it can be said.
        message: What is wrong if it doesn't hold.
        hint: What to type instead, if one thing helps always.
        severity: What breaking it is.
        because: Why it holds.
        source: Who says so, as in a limit.
    """

    id: str
    library: str
    file: str
    when: When
    require: str
    schema: Mapping[str, Any] | None
    message: str
    hint: str | None
    severity: "Severity"
    because: str
    source: str = ""


class Family(NamedTuple):
    """The shape a recipe must have under given choices; ``model`` is its model's import path."""

    id: str
    when: When
    model: str
    library: str = ""
    file: str = ""


class Method(NamedTuple):
    """A training method, and what in a recipe tells it.

    Attributes:
        id: The option of the group ``method``.
        about: What it is, in words.
        told_by: Ways to tell it. Each has short keys with a schema that all hold: JSON Schema
            keywords for a value, ``True`` for a key that is there, ``False`` for one that isn't.
        hint: What makes it a recipe of another method, if one thing does.
        library: The library it comes from.
        file: The rules file it stands in.
    """

    id: str
    about: str
    told_by: tuple[tuple[tuple[str, Schema], ...], ...]
    hint: str | None = None
    library: str = ""
    file: str = ""


class Alias(NamedTuple):
    """Other names that a key goes by, told by what they mean and not by how they are spelled.

    Attributes:
        id: Its name.
        when: For which choices it holds.
        names: The other names, each a key or as much of its end as tells it.
        key: The short key that is meant.
        because: Why the value can't go there as it is; None if it can.
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


class Group(NamedTuple):
    """What a group is for; a derived one follows from choices and isn't chosen by hand."""

    name: str
    about: str
    derived: bool


class RuleBook(NamedTuple):
    """The rules of all libraries, in library order.

    What is switched off is not among the limits and rules. An option that extends another of its
    group counts as that one too; see ``library/defaults.py``.
    """

    families: tuple[Family, ...]
    groups: tuple[Group, ...]
    offers: tuple[Offer, ...]
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    off: "tuple[OffRule, ...]" = ()
    shadows: "tuple[Shadow, ...]" = ()
    moves: "tuple[Move, ...]" = ()
    extended: Extended = lambda *_: ()
    now: Moves = NO_MOVES
    methods: tuple[Method, ...] = ()
    aliases: tuple[Alias, ...] = ()

    @property
    def entries(self) -> tuple[Limit | Rule, ...]:
        """The limits, and then the rules."""
        return (*self.limits, *self.rules)

    @property
    def derived(self) -> frozenset[str]:
        """The groups that follow from choices and aren't chosen by hand."""
        return frozenset(group.name for group in self.groups if group.derived)

    @property
    def sections(self) -> frozenset[str]:
        """How the dotted keys that limits name begin: among these are sections of recipes."""
        keys = (key for limit in self.limits for key in (*dict(limit.keys), *limit.required))
        return frozenset(key.partition(".")[0] for key in keys if "." in key)

    def family_of(self, choices: Mapping[str, str]) -> str | None:
        """The import path of the model that a recipe of these choices must fit, if there is one."""
        kinds = self.kinds(choices)
        return next((f.model for f in self.families if f.when.matches(kinds)), None)

    def kinds(self, choices: Mapping[str, str]) -> Choices:
        """Each choice, and what it extends."""
        return {group: self.kinds_of(group, option) for group, option in choices.items()}

    def kinds_of(self, group: str, option: str) -> tuple[str, ...]:
        """An option, and what it extends, the nearest first."""
        return (option, *self.extended(group, option))

    def offered_as(self, choices: Mapping[str, str]) -> dict[str, str]:
        """The choices as offers name them: an option that none names is offered as what it extends.

        One that is named has its own offers, and no others.
        """
        offered = _offered(self.offers)
        return {
            group: next((one for one in kinds if (group, one) in offered), kinds[0])
            for group, kinds in self.kinds(choices).items()
        }

    def is_offered(self, choices: Mapping[str, str]) -> bool:
        """Whether the service offers this combination. Without any offers everything is."""
        asked = self.offered_as(choices)
        return not self.offers or any(offer.includes(asked) for offer in self.offers)


@lru_cache(maxsize=8)
def _offered(offers: tuple[Offer, ...]) -> frozenset[tuple[str, str]]:
    """Every option that an offer names, with its group."""
    groups = (pair for offer in offers for pair in offer.groups)
    return frozenset((group, option) for group, options in groups for option in options)


class OffRule(NamedTuple):
    """A limit or rule with what switches it off."""

    entry: Limit | Rule
    by: "Off"

    def told(self) -> "SwitchedOff":
        """It as reports tell it."""
        from hydra_recipes.findings.finding import SwitchedOff  # most libraries switch nothing off

        return SwitchedOff(self.entry.id, self.entry.library, self.by.library, self.by.because)
