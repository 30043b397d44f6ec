"""The file ``sweep.yaml``, which says what a directory was asked for.

Anybody may have written it, so every field is checked on reading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hydra_recipes.documents.reader import read_document
from hydra_recipes.files import digest_of_content
from hydra_recipes.findings.errors import DocumentError, OutputError
from hydra_recipes.findings.messages.sweep_files import BadSweepFile, SweepVersion
from hydra_recipes.version import __version__
from hydra_recipes.writing import refuse_stranger

MOST = 1 << 48
"""Counts and sizes are below this."""


def read_request(path: Path) -> dict[str, Any]:
    """Return the content of ``sweep.yaml``.

    Raises:
        OutputError: If the file can't be read, was written by another version of this program, or
            isn't what a sweep writes.
    """
    refuse_stranger(path)
    try:
        document = read_document(path)
    except DocumentError:
        raise OutputError(BadSweepFile(file=str(path))) from None
    content = document.tree
    if isinstance(content, dict) and not document.troubles and _is_request(content):
        return content
    version = _version_of(content)
    if version not in (None, __version__):
        own_version = __version__
        raise OutputError(SweepVersion(file=str(path), version=version, own=own_version))
    raise OutputError(BadSweepFile(file=str(path)))


def digest_of_earlier(before: Any) -> str:
    """Return a hash over the records of earlier requests.

    Nothing else shows whether somebody changed them.
    """
    return digest_of_content(json.dumps(before, sort_keys=True).encode())


def _version_of(content: Any) -> str | None:
    """Return the version of this program that the content names, or None."""
    versions = content.get("versions") if isinstance(content, dict) else None
    version = versions.get("hydra-recipes") if isinstance(versions, dict) else None
    return version[:40] if isinstance(version, str) else None


def _is_request(content: Mapping[Any, Any]) -> bool:
    """Return whether the content has the form of what a sweep writes."""
    fields_fit = all(key in _FIELDS and _FIELDS[key](value) for key, value in content.items())
    if not fields_fit or not content.keys() >= _NEEDED:
        return False
    earlier = content.get("before", [])
    earlier_recipes = sum(record["recipes"] for record in earlier)
    digest = content.get("digest")
    return earlier_recipes <= content["recipes"] and digest in (None, digest_of_earlier(earlier))


def _is_asked(value: Any) -> bool:
    """Return whether a value is a request with a format and overrides."""
    return (
        isinstance(value, dict)
        and all(isinstance(key, str) for key in value)
        and isinstance(value.get("format"), str)
        and isinstance(value.get("overrides"), list)
    )


def _is_count(value: Any) -> bool:
    """Return whether a value is a count or a size in bytes."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST


def _are_texts(value: Any) -> bool:
    """Return whether a value maps texts to texts."""
    return isinstance(value, dict) and all(
        isinstance(text, str) for pair in value.items() for text in pair
    )


def _are_sizes(value: Any) -> bool:
    """Return whether a value maps file names to sizes."""
    return isinstance(value, dict) and all(
        isinstance(name, str) and _is_count(size) for name, size in value.items()
    )


def _is_earlier(value: Any) -> bool:
    """Return whether a value is the record of an earlier request."""
    return (
        isinstance(value, dict)
        and value.keys() | {"digests"} == {"recipes", "request", "sizes", "digests"}
        and _is_count(value["recipes"])
        and _is_asked(value["request"])
        and _are_sizes(value["sizes"])
        and _are_texts(value.get("digests", {}))
    )


_FIELDS: Mapping[Any, Callable[[Any], bool]] = {
    "request": _is_asked,
    "versions": _are_texts,
    "libraries": _are_texts,
    "before": lambda value: isinstance(value, list) and all(map(_is_earlier, value)),
    "digest": lambda value: isinstance(value, str),
    "recipes": _is_count,
    "ledger": lambda value: isinstance(value, dict),
    "sizes": _are_sizes,
    "digests": _are_texts,
}
"""The fields of the file, each with a test of its value."""
_NEEDED = {"request", "versions", "libraries", "recipes"}
