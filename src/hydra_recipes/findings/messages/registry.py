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

    return lambda data: KINDS[kind](**data).line()


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
