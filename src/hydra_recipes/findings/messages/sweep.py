"""Messages about the space of a sweep: its axes, conditions, samples, and points left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hydra_recipes.findings.messages.base import AboutOverride, Detail, Text
from hydra_recipes.shell_words import join, quote

_OF_CEL = "it is CEL over keys and groups: 'max_length <= 16384 || replicas >= 4'"
_INTERVALS = {
    "ends": "it needs a START and a larger END",
    "log": "a logarithmic scale starts above 0",
    "whole": "there is no whole number in it",
}


class NoAxis(Detail, kind="no-axis"):
    """A sweep without any override.

    Attributes:
        choices: A group of the libraries with some of its options, as an axis; None if none has.
        saved: A sweep that a library holds, or None.
    """

    choices: str | None
    saved: str | None

    def text(self) -> Text:
        axes = ["recipe", "sweep", *([self.choices] if self.choices else []), "lr=1e-5,2e-5"]
        saved = f"; or one that is kept: recipe sweep +sweep={self.saved} --plan"
        return Text(
            "a sweep needs an axis, which is a group or key with several values: a,b or "
            "range(5,21,5)",
            f"{join(axes)} --plan{saved if self.saved else ''}",
        )


class ListForAxis(AboutOverride, kind="list-for-axis"):
    """A list as the value of a key that holds one value: an axis with brackets around it.

    Attributes:
        element: What stands before the ``=``.
        expected: What the value has to be.
        values: The values in the list.
    """

    element: str
    expected: str
    values: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.override} is one value, a list, and {self.element} has to be {self.expected}",
            f"an axis has no brackets: {quote(self.element + '=' + ','.join(self.values))}",
        )


class AxisTwice(Detail, kind="axis-twice"):
    """Two axes of one key."""

    key: str

    def text(self) -> Text:
        return Text(f"{self.key} is an axis twice", "write one axis with all values")


class AxisSet(AboutOverride, kind="axis-set"):
    """An axis of a key that another override sets."""

    key: str

    def text(self) -> Text:
        return Text(
            f"{self.key} is an axis, and {self.override} sets it too", "leave one of them out"
        )


class DerivedAxis(Detail, kind="derived-axis"):
    """An axis of a group that is never chosen by hand."""

    group: str

    def text(self) -> Text:
        return Text(
            f"{self.group} follows from other groups and can't be an axis",
            "recipe list says from which",
        )


class IntervalAxis(AboutOverride, kind="interval-axis"):
    """An interval without a sampler."""

    def text(self) -> Text:
        return Text(
            f"{self.override} is a continuous interval", "draw some: --sampler sobol --sample 64"
        )


class IntervalGroup(AboutOverride, kind="interval-group"):
    """An interval for a group."""

    key: str

    def text(self) -> Text:
        return Text(
            f"{self.override} is no choice: {self.key} is a group",
            f"recipe list {self.key} has its options",
        )


class BadInterval(AboutOverride, kind="bad-interval"):
    """An interval without a value.

    Attributes:
        reason: What is wrong with it: its ends, its scale, or that it has no whole number.
    """

    reason: Literal["ends", "log", "whole"]

    def text(self) -> Text:
        return Text(f"{self.override} has no value: {_INTERVALS[self.reason]}")


class UnknownTag(AboutOverride, kind="unknown-tag"):
    """An interval with a tag that means nothing."""

    tag: str

    def text(self) -> Text:
        return Text(f"{self.override} has an unknown tag: {self.tag}", "the tag there is: log")


class EmptyAxis(AboutOverride, kind="empty-axis"):
    """An axis without a value.

    Attributes:
        key: The key, if its values were to come from a glob, which only groups have.
    """

    key: str | None = None

    def text(self) -> Text:
        hint = f"a glob gives the options of a group; values are written out: {self.key}=A,B"
        return Text(f"{self.override} has no value", hint if self.key is not None else None)


class UnequalZip(Detail, kind="unequal-zip"):
    """Axes of unequal length that were to be zipped.

    Attributes:
        lengths: The axes, each with the number of its values; None for an interval.
    """

    lengths: Sequence[tuple[str, int | None]]

    def text(self) -> Text:
        each = (
            f"{name} has {'no end of them' if count is None else count}"
            for name, count in self.lengths
        )
        return Text(f"zipped axes need the same number of values: {', '.join(each)}")


class ZippedTwice(Detail, kind="zipped-twice"):
    """An axis that is zipped twice."""

    names: Sequence[str]

    def text(self) -> Text:
        return Text(f"an axis is zipped twice: {', '.join(self.names)}")


class UnknownAxis(Detail, kind="unknown-axis"):
    """A name that means no axis."""

    name: str
    nearest: Sequence[str]
    axes: Sequence[str]

    def text(self) -> Text:
        near = f"did you mean {' or '.join(self.nearest)}?" if self.nearest else None
        axes = ", ".join(self.axes) or "none"
        return Text(f"no axis is called {self.name}", near or f"the axes are {axes}")


class NoOrder(Detail):
    """A comparison of a number with a text.

    Attributes:
        number: The operand that is a number.
        string: The operand that is a text.
        instead: The expression with one of the two corrected; None if that doesn't help.
    """

    number: str
    string: str
    instead: str | None = None

    def text(self) -> Text:
        return Text(
            f"{self.number} is a number and {self.string} a text, which have no order and are "
            "never equal",
            _OF_CEL if self.instead is None else f"--where {quote(self.instead)}",
        )


class NoPosition(Detail):
    """A position that a list doesn't have.

    Attributes:
        list: The name of the list.
        position: The list with the position, as it stands in the expression: ``betas[2]``.
        length: The length of the list.
    """

    list: str
    position: str
    length: int

    def text(self) -> Text:
        positions = f"[0] to [{self.length - 1}]" if self.length else "none"
        number = self.position[:-1].rpartition("[")[2]
        return Text(
            f"{self.list} has no {self.position.removeprefix(self.list)}, but {positions}",
            f"ask first: 'size({self.list}) > {number} && ...'",
        )


class BadWhere(Detail, kind="bad-where"):
    """A condition that can't be used.

    Attributes:
        expression: The condition.
        reason: Why: in the words of what evaluates it, or what is known better.
    """

    expression: str
    reason: str | NoOrder | NoPosition

    def text(self) -> Text:
        known = Text(self.reason, _OF_CEL) if isinstance(self.reason, str) else self.reason.text()
        message = f"the condition can't be used: {known.message} ({self.expression})"
        return Text(message, known.hint)


class ConditionFails(Detail, kind="where"):
    """A point that a condition leaves out."""

    expression: str

    def text(self) -> Text:
        return Text(f"the condition doesn't hold: {self.expression}")


class TooLargeSample(Detail, kind="too-large-sample"):
    """A sample of more points than there are."""

    asked: int
    there: int

    def text(self) -> Text:
        return Text(
            f"a sample of {self.asked:,} was asked for, and there are {self.there:,} valid points",
            f"all of them: leave --sample out; at most: --sample {self.there}",
        )


class BadSample(Detail, kind="bad-sample"):
    """A sample of no points."""

    asked: int

    def text(self) -> Text:
        return Text(f"a sample is 1 point or more, and not {self.asked}")


class UnknownSampler(Detail, kind="unknown-sampler"):
    """A sampler that isn't there."""

    sampler: str
    known: Sequence[str]

    def text(self) -> Text:
        return Text(f"there is no sampler {self.sampler}", f"there is {', '.join(self.known)}")


class SamplerAlone(Detail, kind="sampler-alone"):
    """A sampler without a number of points."""

    sampler: str

    def text(self) -> Text:
        return Text(
            f"the sampler {self.sampler} has to know how many points to draw", "add --sample 64"
        )


class TooFewDrawn(Detail, kind="too-few-drawn"):
    """A sample of fewer different valid points than were asked for.

    Attributes:
        drawn: How many points were drawn.
        there: How many different valid ones are among them.
        asked: How many were asked for.
        worst: The limits and rules that forbid the most, each with how many it forbids.
    """

    drawn: int
    there: int
    asked: int
    worst: Sequence[tuple[str, int]]

    def text(self) -> Text:
        because = "".join(f"; {rule} forbids {count:,}" for rule, count in self.worst)
        return Text(
            f"{self.asked:,} points were asked for, and among {self.drawn:,} drawn only "
            f"{self.there:,} different ones are valid{because}",
            f"ask for fewer, or for narrower axes: --sample {self.there}",
        )


class BadWhy(Detail, kind="bad-why"):
    """A point that was asked about, with a value that its axis doesn't have."""

    axis: str
    value: str
    values: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.axis} has no value {self.value or 'that is empty'}; it has "
            f"{', '.join(self.values)}"
        )


class WhyZip(Detail, kind="why-zip"):
    """A point that was asked about, with values that aren't zipped.

    Attributes:
        asked: The overrides of the values.
        there: Overrides that are zipped.
    """

    asked: Sequence[str]
    there: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{' and '.join(self.asked)} don't go together", f"these do: {','.join(self.there)}"
        )
