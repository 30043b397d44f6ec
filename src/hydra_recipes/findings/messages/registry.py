"""Registry of all messages, by kind.

Findings and errors carry data; only the files of this folder, one for each area, turn it into
words. A message is one line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from hydra_recipes.findings.messages import (  # noqa: F401
    families,
    importing,
    library_check,
    links,
    offers,
    packages,
    rules,
    values,
    yaml,
)
from hydra_recipes.findings.messages.base import KINDS, Data, Detail, Text
from hydra_recipes.text import one_line


def message_of(kind: str, data: Data) -> Text:
    """Return the message of a finding or an error."""
    if kind in KINDS:
        return KINDS[kind](**data).line()
    text = _message(kind)(data)
    return Text(one_line(text.message), None if text.hint is None else one_line(text.hint))


def _message(kind: str) -> Callable[[Data], Text]:
    """Return what makes the message of a kind; most areas are imported only when needed."""
    from hydra_recipes.findings.messages.files import MESSAGES as OF_FILES
    from hydra_recipes.findings.messages.library import MESSAGES as OF_LIBRARIES
    from hydra_recipes.findings.messages.library_diff import MESSAGES as OF_VERSIONS
    from hydra_recipes.findings.messages.lock import MESSAGES as OF_LOCKS
    from hydra_recipes.findings.messages.overrides import MESSAGES as OF_OVERRIDES
    from hydra_recipes.findings.messages.scaffold import MESSAGES as OF_SCAFFOLDS
    from hydra_recipes.findings.messages.sweep import MESSAGES as OF_SWEEPS

    of_teams = (OF_LIBRARIES, OF_LOCKS, OF_VERSIONS, OF_SCAFFOLDS)
    others = (OF_OVERRIDES, OF_FILES, OF_SWEEPS, *of_teams)
    return next(messages[kind] for messages in others if kind in messages)


class Untyped(Detail, kind=""):
    """A kind that has no class of its own yet."""

    def __init__(self, kind: str, data: Data) -> None:
        vars(self).update(data, kind=kind)

    def but(self, **changes: Any) -> Self:
        data = {**vars(self), **changes}
        return type(self)(data.pop("kind"), data)

    def text(self) -> Text:
        return message_of(
            self.kind, {name: value for name, value in vars(self).items() if name != "kind"}
        )
