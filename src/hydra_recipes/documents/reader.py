"""Reading a YAML or JSON file: its tree, and where each value stands in it.

Contract: nothing in the file is executed, time and memory are bounded by the limits below, and the
only exception is ``DocumentError``. Scalars are read as OmegaConf reads them (``1e-5`` is a float,
dates are strings), since the launchers use OmegaConf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from hydra_recipes.documents.document import (
    MAX_DEPTH,
    MAX_NODES,
    Document,
    Mark,
    Trouble,
    stranger_in,
)
from hydra_recipes.documents.scalars import (
    CORE,
    TooManyDigitsError,
    construct,
    is_plain_value,
    is_unclear,
    key_text,
    tag_of,
)
from hydra_recipes.files import MAX_BYTES, TooLargeError, content_of
from hydra_recipes.origin import KeyPath

if TYPE_CHECKING:
    from hydra_recipes.documents.faults import Faults

BYTE_ORDER_MARK = "\ufeff"
"""What some editors begin a file with; it is no part of its text."""
STDIN = Path("/dev/stdin")
"""The file that ``-`` stands for."""
_STREAMED = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
_SHOWN = 40  # how much of a value is told

_STREAMS = (".jsonl", ".jsonl.zst", ".csv", ".parquet")
MERGE = "<<"
"""The key that merges other mappings, and where what they hold stands by itself."""


def read_document(path: Path, name: str | None = None) -> Document:
    """Read a recipe file.

    Args:
        path: The file.
        name: What to call it in messages; the path itself when left out.

    Raises:
        DocumentError: If it can't be read, is too large, or isn't one YAML document.
    """
    file = name or str(path)
    return parse_document(text_in(path, file), file)


def text_in(path: Path, file: str) -> str:
    """Return the text of a recipe file, which messages call ``file``; see ``read_document``."""
    if path.name.endswith(_STREAMS) and path.exists():
        raise _faults(file).stream()
    try:
        data = _stream(path) if str(path).startswith(_STREAMED) else content_of(str(path))
    except TooLargeError:
        raise _faults(file).too_large() from None
    except (OSError, ValueError) as error:  # a ValueError for a path with a null character
        raise _faults(file).unreadable(error, path) from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _faults(file).not_utf8(error) from None


def _stream(path: Path) -> bytes:
    """Return the bytes that a pipe, or a shell's ``<(command)``, gives."""
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooLargeError
    return data


def parse_document(text: str, file: str, first_line: int = 1) -> Document:
    """Read a document from its text, which begins on a line of a file; see ``read_document``."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    builder = _Builder(file, text, first_line)
    stranger = stranger_in(text)
    if stranger:
        raise builder.faults.stranger(stranger.start())
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = iter(loader(_without_pairs(text)).get_event, None)
        tree = builder.document(events)
    except yaml.MarkedYAMLError as error:
        raise builder.faults.no_yaml(error) from None
    troubles = tuple(builder.troubles)
    places = (builder.marks, builder.keys)
    return Document(
        file,
        text,
        tree,
        *places,
        troubles,
        builder.unclear,
        builder.plain,
        first_line=first_line,
    )


class _Builder:
    """Builds the tree from parser events, so that depth and size are known as it grows."""

    def __init__(self, file: str, text: str, first_line: int) -> None:
        self.file = file
        self.text = text
        self.first_line = first_line
        self.marks: dict[KeyPath, Mark] = {}
        self.keys: dict[KeyPath, Mark] = {}
        self.troubles: list[Trouble] = []
        self.unclear: dict[KeyPath, str] = {}
        self.plain: dict[KeyPath, str] = {}
        self.anchors: dict[str, tuple[KeyPath, Any]] = {}
        self.nodes = 0

    @property
    def faults(self) -> Faults:
        return _faults(self.file, self.text, self.first_line)

    def document(self, events: Iterator[yaml.Event]) -> Any:
        tree: Any = None
        nothing = True
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.faults.several(_mark(event))
                root = next(events)
                nothing = isinstance(root, yaml.ScalarEvent) and not root.value and not root.style
                tree = self.value(root, events, ())
        if documents == 0 or nothing:
            raise self.faults.empty()
        return tree

    def value(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        mark = _mark(event)
        self.marks[path] = mark
        self.count(mark)
        if len(path) > MAX_DEPTH:
            raise self.faults.too_deep(mark)
        value: Any
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.check_tag(event, path, "seq")
            value = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                value.append(self.value(item, events, (*path, len(value))))
        else:
            self.check_tag(event, path, "map")
            value = self.mapping(events, path)
        anchor = getattr(event, "anchor", None)
        if anchor and anchor in self.anchors:  # YAML has no objection, PyYAML does
            raise self.faults.anchored_twice(anchor, mark)
        if anchor:
            self.anchors[anchor] = (path, value)
        return value

    def count(self, mark: Mark) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.faults.too_many_values(mark)

    def check_tag(self, event: yaml.Event, path: KeyPath, plain: str) -> None:
        tag = getattr(event, "tag", None)
        if tag not in (None, "!", CORE + plain):
            self.troubles.append(self.faults.tag(tag, path, _mark(event)))

    def alias(self, event: yaml.AliasEvent, path: KeyPath) -> Any:
        if event.anchor not in self.anchors:
            raise self.faults.bad_alias(event.anchor, _mark(event))
        return self.copy(self.anchors[event.anchor], path, _mark(event))

    def copy(self, source: tuple[KeyPath, Any], path: KeyPath, mark: Mark) -> Any:
        """Copy an anchored value; each part keeps the place where it is written."""
        origin, value = source
        self.count(mark)
        if len(path) > MAX_DEPTH:
            raise self.faults.too_deep(mark)
        self.marks[path] = self.marks.get(origin, mark)
        if isinstance(value, dict):
            for name in value:
                self.keys[(*path, name)] = self.keys.get((*origin, name), mark)
            return {
                name: self.copy(((*origin, name), item), (*path, name), mark)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [
                self.copy(((*origin, at), item), (*path, at), mark) for at, item in enumerate(value)
            ]
        if origin in self.plain:
            self.plain[path] = self.plain[origin]
        return value

    def mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, list[tuple[KeyPath, Any]]] = {}
        merges = 0
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            mark = _mark(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.faults.bad_key(mark)
            if event.value == MERGE and event.implicit[0] and not event.style:
                for key, part in self.merge(next(events), events, (*path, MERGE, merges)):
                    own_key = self.apart(key, merged, key_text(key), (path, mark))
                    merged.setdefault(own_key, []).append(part)
                merges += 1
                continue
            name = self.scalar(event, path, key=True)
            if name in own:
                name = self.apart(name, own, event.value[:_SHOWN], (path, mark))
            below = (*path, name)
            first = self.again(below) if name in own else None
            self.keys[below] = mark
            value = self.value(next(events), events, below)
            if first is not None:
                same = repr(value) == repr(own[name])  # and of the same type
                self.troubles.append(self.faults.written_twice(below, first, mark, same=same))
            own[name] = value
        return {**self.taken(merged, own, path), **own}

    def taken(
        self, merged: Mapping[Any, list[tuple[KeyPath, Any]]], own: dict[Any, Any], path: KeyPath
    ) -> dict[Any, Any]:
        """Return the entries that a mapping takes from the ones merged into it."""
        taken: dict[Any, Any] = {}
        for key, parts in merged.items():
            (source, value), *others = parts
            name = self.apart(key, own, key_text(key), (path, self.keys[source]))
            if name not in own:
                self.keys[(*path, name)] = self.keys[source]
                mark = self.marks[source]
                taken[name] = self.copy((source, value), (*path, name), mark)
                for other, another in others:
                    if repr(another) != repr(value):  # of other types as well
                        conflict = self.faults.conflict((*path, name), self.marks[other], mark)
                        self.troubles.append(conflict)
                        break
        return taken

    def again(self, path: KeyPath) -> Mark | None:
        """Return the first place of a key that is written twice, and forget its first value."""
        self.plain.pop(path, None)
        self.unclear.pop(path, None)
        return self.keys.get(path)

    def apart(self, key: Any, known: Mapping[Any, Any], text: str, at: tuple[KeyPath, Mark]) -> Any:
        """Return a key, or its text where Python takes it for one that is there already.

        To YAML ``1`` and ``true`` differ. So neither is lost, and that readers in Python lose one
        is told.
        """
        other = next((one for one in known if one == key), key) if key in known else key
        if repr(other) == repr(key):
            return key
        self.troubles.append(self.faults.equal_keys((*at[0], text), other, at[1]))
        return text

    def merge(
        self, event: yaml.Event, events: Iterator[yaml.Event], slot: KeyPath
    ) -> Iterator[tuple[Any, tuple[KeyPath, Any]]]:
        """Yield what ``<<: *anchor`` or ``<<: [*first, *second]`` brings: keys, places, values.

        The first to give a key wins, as YAML has it; releases of PyYAML differ there, so that the
        values of a key must agree.
        """
        value = self.value(event, events, slot)
        several = isinstance(value, list)
        for at, item in enumerate(value if several else [value]):
            if not isinstance(item, dict):
                raise self.faults.bad_merge(_mark(event))
            source = (*slot, at) if several else slot
            for name, part in item.items():
                yield name, ((*source, name), part)

    def scalar(self, event: yaml.ScalarEvent, path: KeyPath, *, key: bool = False) -> Any:
        tag = tag_of(event, key=key)
        if not is_plain_value(tag):
            self.troubles.append(self.faults.tag(tag, path, _mark(event)))
            return event.value
        if not key and is_unclear(event):
            self.unclear[path] = event.value
        try:
            value = construct(tag, event.value)
        except TooManyDigitsError:
            raise self.faults.too_many_digits(_mark(event)) from None
        except ValueError:
            raise self.faults.bad_scalar(event.value, _mark(event)) from None
        if event.implicit[0] and not key and value.__class__ is not str:
            self.plain[path] = event.value
        return value


_new_mark = tuple.__new__  # what Mark itself does, without a call between


def _mark(event: yaml.Event) -> Mark:
    start = event.start_mark
    assert start is not None
    return _new_mark(Mark, (start.line + 1, start.column + 1))


def _without_pairs(text: str) -> str:
    """Return a text as YAML reads it, which has no word for some of what JSON may hold."""
    if "\\u" not in text:
        return text
    from hydra_recipes.documents.json_text import without_pairs  # few files have such an escape

    return without_pairs(text)


def _faults(file: str, text: str = "", first_line: int = 1) -> Faults:
    """Return the faults that a file may have."""
    from hydra_recipes.documents.faults import Faults  # imported late, as most files have none

    return Faults(file, text, first_line)
