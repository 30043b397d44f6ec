"""Messages about values and keys that readers of YAML read differently, or not at all."""

from __future__ import annotations

from hydra_recipes.findings.messages.base import AboutKey, Detail, Text
from hydra_recipes.literals import scalar
from hydra_recipes.text import cut, spell


class OddSpelling(AboutKey):
    """A value that readers of YAML take for different ones.

    Attributes:
        written: The value as it is written.
    """

    written: str


class UnclearValue(OddSpelling, kind="unclear-value"):
    """A value without quotes that means different things in different versions of YAML."""

    def text(self) -> Text:
        written, value = cut(self.written), self.value
        quoted = f'"{written}"'
        is_text = isinstance(value, str)
        right = quoted if is_text else f"{spell(value)}, or {quoted} if text is meant"
        return Text(
            f"{self.key} is {written} without quotes, which readers of YAML take for different "
            "values",
            f"write {right}",
        )


class TextToSome(OddSpelling, kind="text-to-some"):
    """A number that some readers take for text."""

    def text(self) -> Text:
        return Text(
            f"{self.key} is {cut(self.written)}, which readers of YAML 1.1 take for text",
            f"write {scalar(self.value)}",
        )


class AboutWrittenKey(Detail):
    """A key that is written in a way that readers of YAML differ on.

    Attributes:
        name: The key.
    """

    name: str


class DuplicateKey(AboutWrittenKey, kind="duplicate-key"):
    """A key that is written twice.

    Attributes:
        first: The line of the first.
        same: Whether one of the two can go without loss.
    """

    first: int
    same: bool

    def text(self) -> Text:
        return Text(
            f"{self.name} is written twice, first on line {self.first}",
            "remove it here" if self.same else "keep one of the two; most readers take this one",
        )


class EqualKeys(AboutWrittenKey, kind="equal-keys"):
    """Two keys of one mapping that many readers take for the same.

    Attributes:
        other: The key before it.
    """

    other: str

    def text(self) -> Text:
        return Text(
            f"{self.other} and {self.name} are two keys, and many readers of YAML keep one of them",
            f'quote it where text is meant: "{self.name}"',
        )


class MergeConflict(AboutWrittenKey, kind="merge-conflict"):
    """A key that two mappings bring which are merged with ``<<``.

    Attributes:
        other: The line of its other value.
    """

    other: int

    def text(self) -> Text:
        return Text(
            f"{self.name} is merged with another value on line {self.other}, and readers of YAML "
            "differ on which counts",
            f"write {self.name} beside the <<",
        )


class Tag(Detail, kind="tag"):
    """A tag, or a lone ``=``, whose tag is ``!!value``."""

    tag: str

    def text(self) -> Text:
        if self.tag == "!!value":
            return Text("a lone = has a meaning of its own in YAML", 'write "=" in quotes')
        return Text(
            f"the tag {self.tag} is not allowed: a recipe holds plain values only",
            "leave the tag out",
        )
