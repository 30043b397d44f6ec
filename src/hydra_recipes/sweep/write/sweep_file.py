"""``sweep.yaml``: what a directory was asked for; whoever wrote it, it is read with care."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hydra_recipes.documents.reader import read_document
from hydra_recipes.files import digest_of_content
from hydra_recipes.findings.errors import DocumentError, OutputError
from hydra_recipes.version import __version__
from hydra_recipes.writing import refuse_stranger

MOST = 1 << 48
"""The largest number that is taken for a count or a size."""


def read_request(path: Path) -> dict[str, Any]:
    """Reads what a sweep was asked for, within the bounds of every file that is read.

    Raises:
        OutputError: If it can't be read, or isn't what a sweep writes: by a sweep of another
            version, or at all.
    """
    refuse_stranger(path)
    try:
        document = read_document(path)
    except DocumentError:
        raise OutputError("bad-sweep-file", file=str(path)) from None
    found = document.tree
    if isinstance(found, dict) and not document.troubles and _is_request(found):
        return found
    version = _version_of(found)
    if version not in (None, __version__):
        own = __version__
        raise OutputError("sweep-version", file=str(path), version=version, own=own)
    raise OutputError("bad-sweep-file", file=str(path))


def digest_of_earlier(before: Any) -> str:
    """A hash over what is kept of earlier requests, which nothing else tells again."""
    return digest_of_content(json.dumps(before, sort_keys=True).encode())


def _version_of(found: Any) -> str | None:
    """The version of this program that is named, if one is."""
    versions = found.get("versions") if isinstance(found, dict) else None
    version = versions.get("hydra-recipes") if isinstance(versions, dict) else None
    return version[:40] if isinstance(version, str) else None


def _is_request(found: Mapping[Any, Any]) -> bool:
    """Whether what was read has the form of what a sweep writes."""
    fits = all(key in _FIELDS and _FIELDS[key](value) for key, value in found.items())
    if not fits or not found.keys() >= _NEEDED:
        return False
    earlier = found.get("before", [])
    together = sum(one["recipes"] for one in earlier)
    digest = found.get("digest")
    return together <= found["recipes"] and digest in (None, digest_of_earlier(earlier))


def _is_asked(value: Any) -> bool:
    """Whether a value is a request with a format and overrides."""
    return (
        isinstance(value, dict)
        and all(isinstance(key, str) for key in value)
        and isinstance(value.get("format"), str)
        and isinstance(value.get("overrides"), list)
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, str) for pair in value.items() for one in pair
    )


def _are_sizes(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and _is_count(size) for name, size in value.items()
    )


def _is_earlier(value: Any) -> bool:
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
"""The fields of the file: what each may be."""
_NEEDED = {"request", "versions", "libraries", "recipes"}
