"""Respelling: what readers of YAML take for different values, written so that they don't.

No value changes, so nothing has to be chosen, and a valid file is mended as well.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hydra_recipes.checking.recipe_file import odd_spellings
from hydra_recipes.documents.document import Document, Mark
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.finding import Report
from hydra_recipes.literals import quoted, scalar
from hydra_recipes.origin import FileOrigin
from hydra_recipes.tree import canonical

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ANCHOR = re.compile(r"(?:&[^\s,\[\]{}]+\s+)?")


class Respelling(NamedTuple):
    """A value that is spelled otherwise.

    Attributes:
        key: The whole key.
        old: What was written.
        new: What is written now.
    """

    key: str
    old: str
    new: str


def respelled(document: Document, report: Report) -> tuple[Document, tuple[Respelling, ...]]:
    """Return a file with other spellings of the same values, and which these are.

    What could be meant as text stays: a number such as ``012``, or one where a key wants text.

    Args:
        document: The file.
        report: What ``check`` says of it.
    """
    wrong = {finding.key for finding in report.findings if finding.kind == "wrong-type"}
    starts = [0, *(found.end() for found in _BREAK.finditer(document.text))]
    text = document.text
    told: list[Respelling] = []
    placed = [(one.origin, one) for one in odd_spellings(document) if one.key not in wrong]
    for origin, finding in sorted(placed, key=lambda pair: _mark(pair[0]), reverse=True):
        old, line, column = finding.data["written"], *_mark(origin)
        value = finding.value
        if finding.kind == "unclear-value" and not isinstance(value, str):
            continue
        new = quoted(value) if isinstance(value, str) else scalar(value)
        anchor = _ANCHOR.match(text, starts[line - 1] + column - 1)
        start = anchor.end() if anchor else 0
        if text.startswith(old, start):
            text = text[:start] + new + text[start + len(old) :]
            told.insert(0, Respelling(str(finding.key), old, new))
    try:
        now = parse_document(text, document.file)
    except DocumentError:
        return document, ()
    same = canonical(now.tree) == canonical(document.tree)
    return (now, tuple(told)) if same and told else (document, ())


def _mark(origin: object) -> Mark:
    assert isinstance(origin, FileOrigin), "a spelling stands in a file"
    return Mark(origin.line, origin.column)
