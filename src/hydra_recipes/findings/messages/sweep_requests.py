"""Messages about requests that don't go together with the sweep that they go on with."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_recipes.findings.messages.base import Text, some_keys
from hydra_recipes.findings.messages.sweep_files import AboutDirectory
from hydra_recipes.shell_words import join


class LacksOverrides(AboutDirectory, kind="lacks-overrides"):
    """A request to go on with a sweep that leaves out groups or keys of the recorded one.

    Attributes:
        flag: ``--resume`` or ``--extend``.
        lacking: The groups and keys that it leaves out.
        words: The words of a request that has them.
    """

    flag: str
    lacking: Sequence[str]
    words: Sequence[str]

    def text(self) -> Text:
        extend = ["recipe", "sweep", *self.words, "--extend", "--dir", self.directory]
        return Text(
            f"the overrides beside {self.flag} are the whole new request, and these lack "
            f"{some_keys(self.lacking)} of the one in {self.directory}",
            f"with all of them: {join([*extend, *self.options])}",
        )


class SampleOfWhole(AboutDirectory, kind="sample-of-whole"):
    """A sample that is to extend a sweep of all valid points."""

    sample: int

    def text(self) -> Text:
        return Text(
            f"{self.directory} has all valid points of its sweep, and a sample of {self.sample:,} "
            "needn't contain them",
            "leave --sample out, or write to another directory",
        )


class MadeWith(AboutDirectory, kind="made-with"):
    """A sweep that was made with other libraries, another primary config or more variables."""

    def text(self) -> Text:
        options = join(self.options)
        return Text(
            f"the sweep in {self.directory} was made with {options}", f"give {options} as then"
        )
