"""Faults of a file: what keeps it from being read, and what is wrong in it otherwise.

Most files have none, so that what reads them imports this only for one that has.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from hydra_recipes.documents.document import MAX_DEPTH, MAX_NODES, Mark, Trouble, place
from hydra_recipes.documents.json_text import json_problem
from hydra_recipes.documents.scalars import CORE, key_text
from hydra_recipes.files import MAX_BYTES, reason_of
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.files import (
    BadAlias,
    BadJson,
    BadMerge,
    BadScalar,
    BadYaml,
    EmptyFile,
    FileTooLarge,
    KeyNotScalar,
    NotUtf8,
    RecordStream,
    SeveralDocuments,
    TooDeep,
    TooManyDigits,
    TooManyValues,
    UnreadableFile,
)
from hydra_recipes.findings.messages.yaml import DuplicateKey, EqualKeys, MergeConflict, Tag
from hydra_recipes.numbers import MAX_DIGITS
from hydra_recipes.origin import KeyPath
from hydra_recipes.record import Record
from hydra_recipes.tree import nearest

_MOST_NAMES = 1000  # how many files are compared with one that isn't there
_SHOWN = 40  # how much of a value is told


class Faults(Record):
    """The faults that a file may have.

    Attributes:
        file: What messages call it.
        text: Its text.
        first_line: The line of the file that the text begins on.
    """

    file: str
    text: str = ""
    first_line: int = 1

    def stream(self) -> DocumentError:
        """Return the error for a stream of recipes."""
        return DocumentError(RecordStream(file=self.file))

    def too_large(self) -> DocumentError:
        """Return the error for a file that has too many bytes."""
        return DocumentError(FileTooLarge(file=self.file, limit=MAX_BYTES))

    def unreadable(self, error: Exception, path: Path) -> DocumentError:
        """Return the error for a file that the system can't read; one like it may be meant."""
        near = _files_like(path) if isinstance(error, FileNotFoundError) else ()
        return DocumentError(UnreadableFile(file=self.file, reason=reason_of(error), near=near))

    def not_utf8(self, error: UnicodeDecodeError) -> DocumentError:
        """Return the error for bytes that aren't UTF-8."""
        data = error.object
        line = data.count(b"\n", 0, error.start) + 1
        found = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else None
        return DocumentError(NotUtf8(file=self.file, line_number=line, found=found))

    def stranger(self, at: int) -> DocumentError:
        """Return the error for a character of the text that YAML doesn't allow."""
        reason = f"the character U+{ord(self.text[at]):04X} is not allowed"
        before = (self.text[:at] + "|").splitlines()
        return self._at(BadYaml(file=self.file, reason=reason), Mark(len(before), len(before[-1])))

    def no_yaml(self, error: yaml.MarkedYAMLError) -> DocumentError:
        """Return the error for a text that isn't YAML."""
        if self.file.endswith(".json") and (problem := json_problem(self.text)):
            line, column, reason = problem
            return self._at(BadJson(file=self.file, reason=reason), Mark(line, column))
        mark = error.problem_mark or error.context_mark
        where = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
        reason = " ".join(filter(None, (error.context, error.problem)))
        if "maximum nesting depth" in reason:  # PyYAML's own bound, met while it looks ahead
            return self.too_deep(where)
        return self._at(BadYaml(file=self.file, reason=reason), where)

    def anchored_twice(self, anchor: str, mark: Mark) -> DocumentError:
        """Return the error for an anchor that two values have."""
        reason = f"the anchor &{anchor[:_SHOWN]} is twice"
        return self._at(BadYaml(file=self.file, reason=reason), mark)

    def several(self, mark: Mark) -> DocumentError:
        """Return the error for a second document."""
        return self._at(SeveralDocuments(file=self.file), mark)

    def empty(self) -> DocumentError:
        """Return the error for a file without a value."""
        return DocumentError(EmptyFile(file=self.file))

    def too_deep(self, mark: Mark) -> DocumentError:
        """Return the error for a value inside too many others."""
        return self._at(TooDeep(file=self.file, limit=MAX_DEPTH), mark)

    def too_many_values(self, mark: Mark) -> DocumentError:
        """Return the error for a file of too many values."""
        return self._at(TooManyValues(file=self.file, limit=MAX_NODES), mark)

    def too_many_digits(self, mark: Mark) -> DocumentError:
        """Return the error for a number of too many digits."""
        return self._at(TooManyDigits(file=self.file, limit=MAX_DIGITS), mark)

    def bad_alias(self, alias: object, mark: Mark) -> DocumentError:
        """Return the error for an alias without an anchor."""
        return self._at(BadAlias(file=self.file, alias=str(alias)[:_SHOWN]), mark)

    def bad_merge(self, mark: Mark) -> DocumentError:
        """Return the error for a merge of something other than mappings."""
        return self._at(BadMerge(file=self.file), mark)

    def bad_key(self, mark: Mark) -> DocumentError:
        """Return the error for a key that is a mapping or a list."""
        return self._at(KeyNotScalar(file=self.file), mark)

    def bad_scalar(self, value: str, mark: Mark) -> DocumentError:
        """Return the error for a value that doesn't fit its tag."""
        return self._at(BadScalar(file=self.file, value=value[:_SHOWN]), mark)

    def tag(self, tag: object, path: KeyPath, mark: Mark) -> Trouble:
        """Return what is wrong with a value that has a tag of its own."""
        return Trouble(Tag(tag=str(tag).replace(CORE, "!!")[:_SHOWN]), path, mark)

    def written_twice(self, path: KeyPath, first: Mark, mark: Mark, *, same: bool) -> Trouble:
        """Return what is wrong with a key that is written twice, perhaps with the same value."""
        twice = DuplicateKey(name=key_text(path[-1]), first=first.line, same=same)
        return Trouble(twice, path, mark)

    def conflict(self, path: tuple[Any, ...], other: Mark, mark: Mark) -> Trouble:
        """Return what is wrong with a key that has different values in merged mappings."""
        return Trouble(MergeConflict(name=path[-1], other=other.line), path, mark)

    def equal_keys(self, path: tuple[Any, ...], other: object, mark: Mark) -> Trouble:
        """Return what is wrong with a key that Python takes for another one."""
        return Trouble(EqualKeys(name=path[-1], other=key_text(other)), path, mark)

    def _at(self, detail: AboutFile, mark: Mark) -> DocumentError:
        return DocumentError(detail, place(self.file, self.text, mark, self.first_line))


def _files_like(path: Path) -> list[str]:
    """Return the file beside a path whose name is most like its, if there is one."""
    with suppress(OSError):
        entries = islice(path.parent.iterdir(), _MOST_NAMES)
        by_stem = {entry.stem.lower(): entry for entry in entries if entry.is_file()}
        return [str(by_stem[stem]) for stem in nearest(path.stem.lower(), by_stem)[:1]]
    return []
