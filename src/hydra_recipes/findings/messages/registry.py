"""Registry of all messages, by kind.

Findings and errors carry data; only the files of this folder, one for each area, turn it into
words. A message is one line.
"""

from __future__ import annotations

from collections.abc import Callable

from hydra_recipes.findings.messages.base import KINDS, Data, Detail, Text
from hydra_recipes.findings.messages.check import MESSAGES
from hydra_recipes.text import one_line


def message_of(kind: str, data: Data) -> Text:
    """Return the message of a finding or an error."""
    if kind in KINDS:
        return KINDS[kind](**data).line()
    text = _message(kind)(data)
    return Text(one_line(text.message), None if text.hint is None else one_line(text.hint))


def _message(kind: str) -> Callable[[Data], Text]:
    """Return what makes the message of a kind; most areas are imported only when needed."""
    if kind in MESSAGES:
        return MESSAGES[kind]
    from hydra_recipes.findings.messages import (  # noqa: F401
        choices,
        defaults,
        environment,
        files,
        grammar,
        library_diff,
        lock,
        overrides,
        scaffold,
        sweep,
        sweep_files,
    )
    from hydra_recipes.findings.messages.importing import MESSAGES as OF_IMPORTS
    from hydra_recipes.findings.messages.library import MESSAGES as OF_LIBRARIES
    from hydra_recipes.findings.messages.library_check import MESSAGES as OF_CHECKS

    if kind in KINDS:
        return lambda data: KINDS[kind](**data).line()
    of_others = (OF_IMPORTS, OF_LIBRARIES, OF_CHECKS)
    return next(messages[kind] for messages in of_others if kind in messages)


class Untyped(Detail, kind=""):
    """A kind that has no class of its own yet."""

    def __init__(self, kind: str, data: Data) -> None:
        vars(self).update(data, kind=kind)

    def text(self) -> Text:
        return message_of(
            self.kind, {name: value for name, value in vars(self).items() if name != "kind"}
        )
