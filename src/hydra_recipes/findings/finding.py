"""Finding: one thing that ``check`` reports, as data; and the report that collects them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from hydra_recipes.findings.html import table_html
from hydra_recipes.findings.messages.base import AboutKey, Detail, Severity, Text
from hydra_recipes.findings.messages.families import OtherMethod, UnknownFamily
from hydra_recipes.findings.messages.values import AboutKeys, WrongType
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, is_users
from hydra_recipes.override import Override
from hydra_recipes.record import Record
from hydra_recipes.shell_words import quote
from hydra_recipes.text import with_source

STRANGERS = (OtherMethod.kind, UnknownFamily.kind)
"""The kinds about a recipe of no family: no other finding is made, and nothing is changed."""
GRAVITY: dict[Severity, int] = {"warning": 1, "incomplete": 2, "error": 3}
"""Severity to its rank, the gravest highest."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
assert set(GRAVITY) == set(SEVERITIES)


@dataclass(frozen=True)
class Finding:
    """One thing to say about a recipe.

    Attributes:
        severity: ``error``: invalid; ``warning``: accepted; ``incomplete``: valid as a template,
            not ready to submit.
        rule: The id of the limit, rule or built-in check.
        detail: What is wrong: the kind of the finding, and its data.
        key: The whole key it is about, if any.
        value: That key's value.
        because: Why it matters.
        source: The source that its limit or rule names; empty without one.
        origin: Where the value came from.
        repair: The overrides that mend it, if a search found some.
        without: The override to leave out, if nothing else mends it.
        in_conflict: Whether mending it breaks something else, so that nothing is suggested.
    """

    severity: Severity
    rule: str
    detail: Detail
    key: str | None = None
    value: Any = None
    because: str | None = None
    origin: Origin | None = None
    repair: tuple[str, ...] = ()
    without: str | None = None
    in_conflict: bool = False
    source: str = ""

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self.detail.kind

    @property
    def paths(self) -> Sequence[KeyPath]:
        """The keys that it is about, if they are several."""
        return self.detail.paths if isinstance(self.detail, AboutKeys) else ()

    def is_about(self, path: KeyPath, keys: Collection[str]) -> bool:
        """Return whether it is about one of some keys, or about a rule that reads ``path``."""
        return self.key in keys or path in self.paths

    @property
    def text(self) -> Text:
        """The message: what is wrong, and what to type instead."""
        detail = self.detail
        if isinstance(detail, AboutKey) and detail.key is None:
            detail = detail.but(key=self.key, value=self.value, severity=self.severity)
        return detail.line()

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.text.message

    @property
    def hint(self) -> str | None:
        """What to type instead; None if nothing helps for certain."""
        if self.repair:
            return " ".join(map(quote, self.repair))
        if self.without:
            return f"leave out {quote(self.without)}"
        return None if self.in_conflict else self.text.hint

    @property
    def advice(self) -> str | None:
        """The hint as it suits the place: a key that is too much is removed from a file.

        What is changed or added is an override there too, to be given behind the file.
        """
        if not isinstance(self.origin, FileOrigin) or not is_users(self.origin):
            return self.hint
        if len(self.repair) > 1:
            return ", ".join(map(_as_edit, self.repair))
        hint = self.repair[0] if self.repair else self.hint
        if hint is None:
            return None
        written = self.detail.written if isinstance(self.detail, WrongType) else None
        if written is not None and hint.endswith(f"={written}"):  # needs quotes in a file
            return f'{hint.removesuffix(written)}"{written}"'
        return "remove it" if hint.startswith("~") else hint

    def as_row(self) -> tuple[str | None, ...]:
        """Return severity, rule, message, reason and hint, as a row of a table."""
        because = with_source(self.because, self.source) if self.because else None
        return self.severity, self.rule, self.message, because, self.advice

    def as_json(self) -> dict[str, Any]:
        """Return the finding as ``recipe check --json`` shows it."""
        text = self.text
        return {
            "severity": self.severity,
            "rule": self.rule,
            "key": self.key,
            "value": self.value,
            "message": text.message,
            "because": self.because,
            "source": self.source or None,
            "hint": self.advice,
            "origin": self.origin.as_json() if self.origin else None,
        }


class SwitchedOff(Record):
    """A limit or rule that a library switches off.

    Attributes:
        rule: The limit's or rule's id.
        library: The library that has it.
        by: The library that switches it off.
        because: Why.
    """

    rule: str
    library: str
    by: str
    because: str

    def as_json(self) -> dict[str, str]:
        """Return it as ``recipe check --json`` and ``recipe library list --json`` show it."""
        return self._asdict()


def _as_edit(repair: str) -> str:
    """Return an override of a repair as an edit of a file."""
    override = Override.read(repair)
    return f"remove {override.unsigned.text}" if override.sign == "~" else override.unsigned.text


@dataclass(frozen=True)
class Report:
    """All findings about one recipe.

    Attributes:
        subject: What was checked: a file, or the overrides.
        findings: In the order of a file's lines; of overrides, errors first, then what is
            incomplete, then warnings.
        choices: The choices it was checked for, without those that couldn't be determined.
        repairs: Sets of overrides that leave no error but those in ``conflict``, the best first;
            empty if none were searched for.
        conflict: The findings of a smallest set of limits and rules that no recipe nearby satisfies
            together; empty if there is none.
        search_ended: Whether the search for repairs used up its budget.
        off: The limits and rules that would apply, but that a library switches off.
    """

    subject: str
    findings: tuple[Finding, ...]
    choices: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[tuple[str, ...], ...] = ()
    conflict: tuple[Finding, ...] = ()
    off: tuple[SwitchedOff, ...] = ()
    search_ended: bool = False

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def ready(self) -> bool:
        """Whether it can be submitted: no error, and nothing incomplete."""
        return not any(finding.severity in ("error", "incomplete") for finding in self.findings)

    @property
    def strictly_valid(self) -> bool:
        """Whether there is no error and no warning."""
        return not any(finding.severity in ("error", "warning") for finding in self.findings)

    def _repr_html_(self) -> str:
        """Return the report as notebooks show it."""
        state = "valid" if self.ready else "valid, not ready to submit"
        repairs = (" ".join(map(quote, repair)) for repair in self.repairs)
        tried = [("repair", None, repair, None, None) for repair in repairs]
        return table_html(
            self.subject,
            state if self.valid else "not valid",
            ("", "rule", "what", "because", "try"),
            [*(finding.as_row() for finding in self.findings), *tried],
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as ``recipe check --json`` shows it."""
        return {
            "input": self.subject,
            "valid": self.valid,
            "ready": self.ready,
            "findings": [finding.as_json() for finding in self.findings],
            "repairs": [list(repair) for repair in self.repairs],
            "conflict": list(dict.fromkeys(finding.rule for finding in self.conflict)),
            "search_ended": self.search_ended,
            "off": [off.as_json() for off in self.off],
        }


def deduplicate(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort findings, errors first, and keep only the gravest of those about one key."""
    ordered = sorted(findings, key=lambda finding: -GRAVITY[finding.severity])
    gravest: dict[str, Severity] = {}
    for finding in ordered:
        if finding.key is not None:
            gravest.setdefault(finding.key, finding.severity)
    return tuple(
        finding
        for finding in ordered
        if finding.key is None or finding.severity == gravest[finding.key]
    )
