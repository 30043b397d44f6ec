"""Reading of a library's files; every error carries the place of the mistake."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra_recipes.files import text_of
from hydra_recipes.findings.errors import DocumentError, LibraryError
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.origin import FileOrigin, KeyPath, Origin
from hydra_recipes.text import written_out

if TYPE_CHECKING:
    from hydra_recipes.documents.document import Document


def about_option(path: Path) -> str | None:
    """Return an option file's first comment, without Hydra's package header; None if there is none.

    Raises:
        LibraryError: If the file can't be read.
    """
    lines: list[str] = []
    for line in read_text(path, errors="replace").splitlines():
        if not line.startswith("#"):
            break
        text = line.lstrip("# ").rstrip()
        if not text.startswith("@package"):
            lines.append(text)
    return written_out(" ".join(lines)) or None  # a comment may hold control characters


def read_text(path: Path, errors: str = "strict") -> str:
    """Return the text of a library's file, without a byte-order mark.

    Args:
        path: The file.
        errors: What to do with bytes that aren't UTF-8, as for ``bytes.decode``.

    Raises:
        LibraryError: If it can't be read.
    """
    try:
        return text_of(path, errors)
    except (OSError, UnicodeDecodeError) as error:
        raise unusable(path, error) from None


def load_yaml(path: Path) -> Any:
    """Return the content of a library's YAML file; an empty mapping if it is empty.

    Raises:
        LibraryError: If it can't be read.
    """
    document = read_file(path)
    return (document.tree if document else None) or {}


def read_file(path: Path) -> Document | None:
    """Return a library's YAML file as a document; None if it is empty.

    Raises:
        LibraryError: If it can't be read, is too large or too deep, or holds more than plain data.
    """
    from hydra_recipes.documents.document import place  # finding libraries needs no YAML reader
    from hydra_recipes.documents.reader import read_document

    try:
        document = read_document(path)
    except DocumentError as error:
        from hydra_recipes.findings.messages.files import EmptyFile, NotUtf8

        detail = error.detail
        if isinstance(detail, EmptyFile):
            return None
        text = (detail.but(file="it") if isinstance(detail, AboutFile) else detail).line()
        reason = text.message.removeprefix("can't read it: ")
        origin = error.origin
        if isinstance(detail, NotUtf8):
            origin = FileOrigin(str(path), detail.line_number, 1, "")
        raise _unusable(path, origin, reason, text.hint) from None
    for trouble in document.troubles:
        origin = place(document.file, document.text, trouble.mark)
        raise _unusable(path, origin, trouble.detail.line().message)
    return document


def origin_in(file: str, where: KeyPath) -> FileOrigin | None:
    """Return where a part of a library's file stands; None if the file can't be read.

    This reads the file again, since places are needed only for an error.
    """
    from hydra_recipes.documents.reader import read_document

    try:
        document = read_document(Path(file))
    except DocumentError:
        return None
    where = as_written(where, document)
    return document.origin(where, key=where in document.keys)


def as_written(where: KeyPath, document: Document) -> KeyPath:
    """Return a key path as a file has it.

    YAML 1.1 reads a plain ``off`` as false, and what an entry of a rules file lacks may be said
    once for all of them, at the top.
    """
    if where[:1] == ("off",) and ("off",) not in document.keys:
        return (False, *where[1:])
    for_all = where[2:3] in {("when",), ("source",)} and where[:4] not in document.keys
    return where[2:] if for_all and where[2:4] in document.keys else where


def no_primary(roots: Iterable[Path], name: str, *, asked: bool = False) -> LibraryError:
    """Return the error for libraries without a primary config of a name, perhaps asked for."""
    from hydra_recipes.findings.messages.rules import NoPrimaryConfig

    libraries = list(map(str, roots))
    return LibraryError(NoPrimaryConfig(libraries=libraries, primary=name, asked=asked))


def outside(path: Path | str, library: str) -> LibraryError:
    """Return the error for a file that leads out of a library."""
    from hydra_recipes.findings.messages.library import OutsideLibrary

    return LibraryError(OutsideLibrary(file=str(path), library=library))


def unusable(path: Path | str, error: Exception) -> LibraryError:
    """Return the error for a file of a library that can't be used."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return _unusable(Path(path), None, reason or "")


def _unusable(
    path: Path, origin: Origin | None, reason: str, hint: str | None = None
) -> LibraryError:
    from hydra_recipes.findings.messages.rules import BadLibraryFile

    place = f"line {origin.line}: " if isinstance(origin, FileOrigin) else ""
    detail = BadLibraryFile(file=str(path), reason=f"{place}{reason}", hint=hint)
    return LibraryError(detail, origin)
