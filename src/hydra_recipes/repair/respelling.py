"""Respelling: values that readers of YAML read differently, written so that all read the same.

No value changes, so there is nothing to choose, and a valid file is respelled as well.
"""

from __future__ import annotations

import re

from hydra_recipes.checking.recipe_file import odd_spellings
from hydra_recipes.documents.document import Document, Mark
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.finding import Report
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.findings.messages.yaml import OddSpelling, UnclearValue
from hydra_recipes.literals import quoted, scalar
from hydra_recipes.origin import FileOrigin
from hydra_recipes.record import Record
from hydra_recipes.tree import equal

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ANCHOR = re.compile(r"(?:&[^\s,\[\]{}]+\s+)?")
"""An anchor, as in ``&size 8``, which stays in front of the value."""


class Respelling(Record):
    """A value that is now spelled differently.

    Attributes:
        key: The whole key.
        old: What was written.
        new: What is written now.
    """

    key: str
    old: str
    new: str


def respelled(document: Document, report: Report) -> tuple[Document, tuple[Respelling, ...]]:
    """Return the file with clear spellings of the same values, and each respelling in file order.

    A value that could be meant as text stays: a number such as ``012``, or one where a key wants
    text. If the new text would hold other values, the file itself is returned, with no respelling.

    Args:
        document: The file.
        report: What ``check`` reports for it.
    """
    wrong = {finding.key for finding in report.findings if isinstance(finding.detail, WrongType)}
    line_starts = [0, *(line_break.end() for line_break in _BREAK.finditer(document.text))]
    text = document.text
    respellings: list[Respelling] = []
    odd = (finding for finding in odd_spellings(document) if finding.key not in wrong)
    # From the end, so that the places before stay where they are.
    for finding in sorted(odd, key=lambda finding: _mark(finding.origin), reverse=True):
        detail, value = finding.detail, finding.value
        assert isinstance(detail, OddSpelling)
        if isinstance(detail, UnclearValue) and not isinstance(value, str):
            continue
        old, line, column = detail.written, *_mark(finding.origin)
        new = quoted(value) if isinstance(value, str) else scalar(value)
        anchor = _ANCHOR.match(text, line_starts[line - 1] + column - 1)
        start = anchor.end() if anchor else 0
        if text.startswith(old, start):
            text = text[:start] + new + text[start + len(old) :]
            respellings.insert(0, Respelling(str(finding.key), old, new))
    try:
        result = parse_document(text, document.file)
    except DocumentError:
        return document, ()
    same = equal(result.tree, document.tree)
    return (result, tuple(respellings)) if same and respellings else (document, ())


def _mark(origin: object) -> Mark:
    """Return the place of a file's value, line and column from 1."""
    assert isinstance(origin, FileOrigin), "a spelling stands in a file"
    return Mark(origin.line, origin.column)
