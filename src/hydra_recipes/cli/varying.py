"""The part of ``recipe compose --from FILE``: import the file, and say what changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hydra_recipes.checking.recipe_file import trouble_finding
from hydra_recipes.cli.terminal import columns, say, style_for
from hydra_recipes.diff.sides import difference, side_of
from hydra_recipes.diff.text import difference_text
from hydra_recipes.documents.document import Document, mount_of
from hydra_recipes.documents.reader import STDIN, read_document
from hydra_recipes.findings.messages.importing import LeftOutUnknown, SaidAsText
from hydra_recipes.findings.rendering import finding_text
from hydra_recipes.importing.imported import import_document
from hydra_recipes.importing.variant import Variant, variant_of
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.literals import spell_value


def vary(source: str, overrides: Sequence[str]) -> Variant | None:
    """Return the variant of a recipe file that overrides ask for, and say what it changes.

    None, with the reasons printed, if it is doubtful what the file says: a key written twice, say.
    """
    if not source:
        raise click.UsageError("--from names no file; is a variable of the shell empty?")
    file, name = (STDIN, "<stdin>") if source == "-" else (Path(source), None)
    document = read_document(file, name)
    if document.troubles:
        say_troubles(document)
        return None
    variant = variant_of(import_document(document), overrides)
    _say_changes(variant)
    return variant


def say_troubles(document: Document) -> None:
    """Print why it is doubtful what a file says."""
    for trouble in document.troubles:
        _, finding = trouble_finding(document, mount_of(document), trouble)
        say(finding_text(finding, style_for(sys.stderr)), err=True)


def _say_changes(variant: Variant) -> None:
    """Print what overrides can't carry, which don't fit, and what differs from the file."""
    style = style_for(sys.stderr)
    imported = variant.imported
    for left in imported.unexpressed:
        message, hint = left.line()
        if isinstance(left, LeftOutUnknown):
            hint = f"+{left.key}={spell_value(left.value)} keeps it"
        label = style("as text" if isinstance(left, SaidAsText) else "left out", "warning")
        say(f"{label}: {message}{f'; {hint}' if hint else ''}", err=True)
    for text in variant.dropped:
        say(f"{style('dropped', 'warning')}: {text}; the new choices have no such key", err=True)
    old = side_of(imported.document.file, imported.goal.written, {})
    new = side_of("the new recipe", rewrite(variant.recipe.scope, variant.links))
    changes = difference(old, new)
    if changes:
        say(difference_text(changes, columns(), style), err=True)
