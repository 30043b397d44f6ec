"""The file ``sweep.yaml``, which says what a directory was asked for.

Anybody may have written it, so its shape is checked on reading (``sweep_shape.py``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import read_document
from hydra_recipes.files import digest_of_content
from hydra_recipes.findings.errors import DocumentError, LibraryError, OutputError
from hydra_recipes.findings.messages.sweep_files import BadSweepFile, SweepVersion
from hydra_recipes.library.mistake import reason_of
from hydra_recipes.origin import FileOrigin
from hydra_recipes.version import __version__
from hydra_recipes.writing import refuse_stranger


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
    mistake = _mistake_in(document)
    content: dict[str, Any] = document.tree
    if mistake is None:
        return content
    version = _version_of(content)
    if version not in (None, __version__):
        own_version = __version__
        raise OutputError(SweepVersion(file=str(path), version=version, own=own_version))
    raise OutputError(BadSweepFile(file=str(path), reason=mistake))


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


def _mistake_in(document: Document) -> str | None:
    """Return in words where a file isn't what a sweep writes; None if it is."""
    from hydra_recipes.sweep.write.sweep_shape import SweepShape  # only resuming reads the file

    if document.troubles:
        return f"line {document.troubles[0].mark.line} has a key or a tag that it can't have"
    content = document.tree
    try:
        SweepShape.read(content, document.file, document, entry=document.file)
    except LibraryError as error:
        place = f"line {error.origin.line}: " if isinstance(error.origin, FileOrigin) else ""
        return f"{place}{reason_of(error)}"
    before = content.get("before", [])
    if sum(record["recipes"] for record in before) > content["recipes"]:
        return "recipes is less than earlier requests wrote"
    if content.get("digest") not in (None, digest_of_earlier(before)):
        return "digest is not that of before"
    return None
