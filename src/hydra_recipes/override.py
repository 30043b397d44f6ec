"""An override as it is written, in its parts: ``+model@recipes.teacher=nova-pro``.

Whatever looks at the text of an override reads it here. What its value means, only Hydra's grammar
tells: ``composing.parsed_override.ParsedOverride`` has that.

Private: it may change in any release.
"""

from __future__ import annotations

import os

from hydra_recipes.literals import unquoted
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.record import Record


class Override(Record):
    """The parts of an override; together they are its text, whether or not it can be parsed.

    Attributes:
        sign: ``+``, ``++`` or ``~``; empty if it changes what is there.
        key: The group or key.
        package: ``recipes.teacher`` of ``model@recipes.teacher``; None without one.
        assigned: What stands after the ``=``; None without one, as in ``~key``.
    """

    sign: str
    key: str
    package: str | None
    assigned: str | None

    @classmethod
    def read(cls, text: str) -> Override:
        """Return the parts of an override."""
        element, equals, value = text.partition("=")
        name = element.lstrip("+~")
        key, at, package = name.partition("@")
        sign = element[: len(element) - len(name)]
        return cls(sign, key, package if at else None, value if equals else None)

    @property
    def text(self) -> str:
        """The whole override."""
        return self.element if self.assigned is None else f"{self.element}={self.assigned}"

    @property
    def unsigned(self) -> Override:
        """The same override without a sign: it changes what is there."""
        return self._replace(sign="")

    @property
    def origin(self) -> OverrideOrigin:
        """The override as the place that a value came from."""
        return OverrideOrigin(self.text)

    @property
    def element(self) -> str:
        """All before the ``=``: the group or key with its sign and package."""
        return f"{self.sign}{self.name}"

    @property
    def name(self) -> str:
        """The group or key, with its package if one is given."""
        return self.key if self.package is None else f"{self.key}@{self.package}"

    @property
    def value(self) -> str:
        """What stands after the ``=``; empty without one."""
        return self.assigned or ""

    @property
    def option(self) -> str:
        """Its value as the name of an option: without quotes."""
        return unquoted(self.value.strip())


def is_override(subject: str) -> bool:
    """Return whether an argument is an override and not the name of a file."""
    override = Override.read(subject)
    looks_so = override.sign or override.assigned is not None
    return bool(looks_so) and not os.path.exists(subject)  # noqa: PTH110 - false for too long a name
