"""Round trips: a YAML file read and written anew by ruamel.yaml, comments kept, with some changes.

For changes that no splice can make; lines on which nothing changed may come out laid out otherwise.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.literals import in_flow
from hydra_recipes.tree import value_at

_WIDEST = 1_000_000
"""No line is broken anew."""


def round_trip(document: Document, changes: Sequence[Change]) -> str:
    """A file's text after some changes; empty if ruamel.yaml can't make them."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = _WIDEST
        mapping, sequence = _indents(document)
        yaml.indent(mapping, sequence, max(sequence - 2, 0))
        yaml.explicit_start = document.text.startswith("---")
        tree = yaml.load(document.text.replace("\r\n", "\n"))
        for change in changes:
            parent = value_at(tree, change.path[:-1])
            if change.kind == "delete":
                del parent[change.path[-1]]
            else:
                value = change.value
                text = to_yaml(value) if isinstance(value, dict) and value else in_flow(value)
                parent[change.path[-1]] = yaml.load(text)
        out = io.StringIO()
        yaml.dump(tree, out)
    except (YAMLError, KeyError, IndexError, TypeError, AttributeError):
        return ""  # told as a file that can't be mended
    edited = out.getvalue()
    end = re.search(r"(?ms)^\.\.\.[ \t]*\r?$.*\Z", document.text)  # ruamel drops what comes then
    if end is not None and "\n..." not in edited:
        edited += end[0].replace("\r\n", "\n")
    return edited.replace("\n", "\r\n") if "\r\n" in document.text else edited


def _indents(document: Document) -> tuple[int, int]:
    """How far the keys of a mapping are indented in a file, and the items of a list."""
    found = {"mapping": 2, "sequence": 2}
    for path, value in reversed(document.marks.items()):
        in_list = bool(path) and isinstance(path[-1], int)
        mark = value if in_list else document.keys.get(path, value)
        above = document.keys.get(path[:-1])
        if above is not None and mark.line > above.line and mark.column > above.column:
            found["sequence" if in_list else "mapping"] = mark.column - above.column
    return found["mapping"], found["sequence"]
