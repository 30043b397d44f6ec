"""Messages about values that a limit doesn't allow, and keys that it forbids or requires.

``rules/allowed.py`` says in words what a limit allows (``allowed``): "2, 4 or 8".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra_recipes.findings.messages.base import Text
from hydra_recipes.findings.messages.values import AboutFamilyKey
from hydra_recipes.literals import spell_choice, spell_value
from hydra_recipes.shell_words import quote
from hydra_recipes.text import shown


class AboutLimit(AboutFamilyKey):
    """Something about a value that a limit doesn't allow.

    Attributes:
        allowed: What the limit allows, in words.
        nearest: The allowed value nearest to the present one; None if none is known.
    """

    allowed: str
    nearest: Any = None


class BrokenLimit(AboutLimit, kind="limit"):
    """A value outside its limit.

    Attributes:
        unknown: The groups on which the limit depends and whose options the recipe doesn't tell.
        alternatives: What is allowed, in words, to the options under which it is; without options
            where several groups are unknown. None if the same is allowed under all.
        choice: The group and option that the value tells, if other choices have it.
    """

    unknown: Sequence[str] = ()
    alternatives: Mapping[str, Sequence[str]] | None = None
    choice: tuple[str, str] | None = None

    def text(self) -> Text:
        short, value = self.short, self.value
        what = f"{short} is {shown(value)}"
        if value == "" and self.allowed == "not empty":
            return Text(f"{short} is empty", f"{short}=VALUE")
        hint: str | None = f"{short}={_typed(self.nearest)}"
        if self.nearest is None and self.allowed == "null":
            hint = f"{short}=null"
        elif self.nearest is None and value is not None:
            hint = f"{short}=VALUE" if isinstance(value, str) else None
        allowed = {"warning": "usual", "incomplete": "to submit"}.get(self.severity, "allowed")
        if self.alternatives:
            ways = "; ".join(
                f"{text} ({', '.join(options)})" if options else text
                for text, options in self.alternatives.items()
            )
            return Text(f"{what}; {allowed}: {ways}", hint)
        where = f" on any offered {' and '.join(self.unknown)}" if self.unknown else ""
        if self.choice:
            what += f", as it is with {spell_choice(*self.choice)}"
        wanted = "empty" if self.nearest == "" else self.allowed  # also where a placeholder stands
        return Text(f"{what}; {allowed}{where}: {wanted}", hint)


class ForbiddenKey(AboutLimit, kind="forbidden-key"):
    """A key that a limit forbids."""

    def text(self) -> Text:
        must = "is better left out" if self.severity == "warning" else "must not be there"
        return Text(f"{self.short} {must}", f"~{self.short}")


class AbsentKey(AboutFamilyKey, kind="required-key"):
    """A key that a limit requires.

    Attributes:
        about: What the key is for.
    """

    about: str

    def text(self) -> Text:
        hint = None if self.severity == "warning" else f"+{self.short}=VALUE"
        return Text(f"{self.short} is not set ({self.about})", hint)


def _typed(value: Any) -> str:
    """Return a value as typed in an override, quoted for Hydra and the shell where it has to be."""
    spelled = spell_value(value)
    return spelled if spelled == value or not isinstance(value, str) else quote(spelled)
