"""Shape of a rules file: its sections, and the fields of their entries.

The values of the fields become those of the entries of a rule book (``rules/model.py``). Those are
named tuples: most of them come from a cache, and then pydantic isn't imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from hydra_recipes.findings.messages.base import Severity
from hydra_recipes.findings.messages.rules import BadKeyword
from hydra_recipes.library.shape import Listed, WrittenShape
from hydra_recipes.rules.keywords import KEYWORDS, unknown_keywords, unusable_keywords
from hydra_recipes.rules.model import When
from hydra_recipes.tree import nearest


def _groups(choices: Mapping[str, Sequence[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each group with its options."""
    return tuple((group, tuple(options)) for group, options in choices.items())


def _schema(schema: Any) -> Any:
    """Return the JSON Schema of a key; raise if it has keywords of no use."""
    unknown = unknown_keywords(schema)
    if unknown:
        near = [keyword for word in unknown for keyword in nearest(word, KEYWORDS)]
        data = {"kind": BadKeyword, "keywords": unknown, "nearest": near}
        raise PydanticCustomError("message", "a message of its own", data)
    unusable = unusable_keywords(schema)
    if unusable:
        raise ValueError(f"has no use for that value of {', '.join(unusable)}")
    return schema


def _conditions(keys: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return the keys of an alternative with their schemas; raise if there are none."""
    if not keys:
        raise ValueError("names no key")
    return tuple(keys.items())


def _reason(text: Any) -> Any:
    """Return why an entry is switched off; raise if that isn't said."""
    if text is None or (isinstance(text, str) and not text.strip()):
        raise ValueError("doesn't say why")
    return text


def _new_name(name: Any) -> Any:
    """Return what something is called now; raise if that isn't said."""
    if name in (None, ""):
        raise ValueError("doesn't say what it is called now")
    return name


FOR_ALL = ("when", "source")
"""The fields of a rules file that are about its entries, and no sections."""
_Offer = Annotated[dict[str, Listed], AfterValidator(_groups)]
_When = Annotated[dict[str, Listed], AfterValidator(lambda choices: When(_groups(choices)))]
_Schemas = dict[str, Annotated[Any, AfterValidator(_schema)]]
_Texts = Annotated[list[str], AfterValidator(tuple)]
_Source = Annotated[str, StringConstraints(strip_whitespace=True)]


class FamilyShape(WrittenShape):
    """An entry of the section ``families``."""

    when: _When = {}
    model: str | None = None
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")


class GroupShape(WrittenShape):
    """An entry of the section ``groups``."""

    about: str = ""
    derived: bool = False


class MethodShape(WrittenShape):
    """An entry of the section ``methods``."""

    about: str
    told_by: Annotated[
        list[Annotated[_Schemas, AfterValidator(_conditions)]], AfterValidator(tuple)
    ]
    hint: str | None = None


class AliasShape(WrittenShape):
    """An entry of the section ``aliases``."""

    when: _When = {}
    names: _Texts
    key: str
    because: str | None = None


class ChainShape(WrittenShape):
    """An entry of the section ``chains``."""

    when: _When = {}
    after: _When = {}
    same: Annotated[dict[str, str], AfterValidator(lambda groups: tuple(groups.items()))] = {}
    usual: _Texts = []
    keys: _Texts = []
    data: _Texts = []
    name: str | None = None
    short: Annotated[dict[str, str], AfterValidator(lambda names: tuple(names.items()))] = {}
    checkpoint: str
    because: str
    source: _Source = ""


class LimitShape(WrittenShape):
    """An entry of the section ``limits``."""

    when: _When = {}
    keys: Annotated[_Schemas, AfterValidator(lambda keys: tuple(keys.items()))] = {}
    required: _Texts = []
    severity: Severity = "error"
    because: str
    identifies: str | None = None
    source: _Source = ""
    links: Literal["relative"] | None = None

    @field_validator("identifies")
    @classmethod
    def _is_in_when(cls, group: str | None, fields: ValidationInfo) -> str | None:
        """Return the group that the limit identifies; raise if ``when`` doesn't name it."""
        when = fields.data.get("when")
        if group is not None and when is not None and group not in dict(when.groups):
            raise ValueError(f"is {group}, of which its when names no option")
        return group


class RuleShape(WrittenShape):
    """An entry of the section ``rules``."""

    when: _When = {}
    require: str
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    message: str
    hint: str | None = None
    severity: Severity = "error"
    because: str
    source: _Source = ""


class RulesFile(WrittenShape):
    """A rules file.

    Attributes:
        when: Choices for all its limits, rules and aliases; one that names a group itself has its
            own options of that group.
        source: The source of all its limits and rules that name none.
    """

    when: _When = {}
    source: _Source = ""
    families: dict[str, FamilyShape] = {}
    groups: dict[str, GroupShape] = {}
    methods: dict[str, MethodShape] = {}
    aliases: dict[str, AliasShape] = {}
    chains: dict[str, ChainShape] = {}
    spellings: dict[str, str] = {}
    offers: list[_Offer] = []
    limits: dict[str, LimitShape] = {}
    rules: dict[str, RuleShape] = {}
    off: dict[str, Annotated[str, BeforeValidator(_reason)]] = {}
    shadows: list[str] = []
    moved: dict[str, Annotated[str, BeforeValidator(_new_name)]] = {}
