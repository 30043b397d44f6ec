"""Recipe files: checking one, with the file and line of everything that is found."""

from __future__ import annotations

import shlex
from pathlib import Path

from hydra_recipes.candidates import Placed
from hydra_recipes.checking import check_tree, mounted
from hydra_recipes.documents import Document, Trouble, place, read_document
from hydra_recipes.errors import DocumentError
from hydra_recipes.findings import Finding, Report
from hydra_recipes.library import libraries
from hydra_recipes.links.resolver import MOUNT
from hydra_recipes.origins import KeyPath, dotted


def check_file(path: Path, name: str | None = None) -> Report:
    """Checks a recipe file: one that was composed, written by hand, or published by others.

    Raises:
        DocumentError: If the file can't be read as a recipe at all.
    """
    document = read_document(path, name)
    if not isinstance(document.tree, dict):
        found = "a list" if isinstance(document.tree, list) else "a single value"
        raise DocumentError("not-a-mapping", document.origin(()), file=document.file, found=found)
    tree, beside = mounted(document.tree)
    mount: KeyPath = (MOUNT,) if tree is not document.tree else ()
    troubles = [_trouble_finding(document, mount, trouble) for trouble in document.troubles]
    hints = _choices_in_header(document.text)
    return check_tree(
        document.file,
        tree,
        beside,
        hints,
        lambda path: document.origin((*mount, *path)),
        troubles,
        libraries(),
    )


def _trouble_finding(document: Document, mount: KeyPath, trouble: Trouble) -> Placed:
    path = trouble.path
    inner = path[len(mount) :] if path[: len(mount)] == mount else path
    origin = place(document.file, document.text, trouble.mark)
    finding = Finding(
        "error", trouble.kind, trouble.kind, dotted(inner), origin=origin, data=trouble.data
    )
    return inner, finding


def _choices_in_header(text: str) -> dict[str, str]:
    """The choices in the command that a recipe file's first line gives."""
    first = text.splitlines()[0] if text else ""
    if not first.startswith("# recipe compose"):
        return {}
    try:
        words = shlex.split(first.removeprefix("# recipe compose"))
    except ValueError:
        return {}
    shelf = libraries()
    pairs = (word.lstrip("+").partition("=") for word in words if not word.startswith("-"))
    return {key: value for key, _, value in pairs if value and shelf.is_group(key)}
