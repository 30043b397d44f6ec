"""Places in a library's files, as findings show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra_recipes.files import text_of
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.model import Library
from hydra_recipes.library.reading import origin_in
from hydra_recipes.origin import FileOrigin


def place_in(file: Path | str, where: tuple[Any, ...]) -> FileOrigin:
    """Return where a key stands in a file; the file's top if it isn't there."""
    return origin_in(str(file), where) or top_of(file)


def top_of(file: Path | str) -> FileOrigin:
    """Return the first line of a file that is neither empty nor a comment."""
    try:
        lines = text_of(file).splitlines()
    except (OSError, ValueError):
        lines = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            return FileOrigin(str(file), number, 1, line)
    return FileOrigin(str(file), 1, 1, lines[0] if lines else "")


def as_shown(findings: Iterable[Finding], library: Library) -> Iterator[Finding]:
    """Yield the findings with file names that an editor can open from the current directory."""
    for finding in findings:
        origin = finding.origin
        if isinstance(origin, FileOrigin):
            file = Path(origin.path or origin.file)
            root = library.root.resolve()
            here = Path.cwd().resolve()
            if file.is_relative_to(here):
                file = file.relative_to(here)
            elif not file.is_absolute() and (root / file).exists():
                file = root / file
            origin = origin._replace(file=str(file), path=None)
        yield replace(finding, origin=origin)
