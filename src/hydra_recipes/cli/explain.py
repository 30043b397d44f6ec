"""``recipe explain``: show where a value came from, and what holds for it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from hydra_recipes.cli.inputs import read_input
from hydra_recipes.cli.terminal import Command, columns, json_option, json_text, say, style_for
from hydra_recipes.composing.compose import compose
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.header import CONTINUE, command_in
from hydra_recipes.documents.reader import STDIN, read_document
from hydra_recipes.explain.explanation import Explained, explained
from hydra_recipes.explain.recipe_file import edited, explained_file
from hydra_recipes.explain.text import edits_text, explanation_text, shown, tree_text, why_not_text
from hydra_recipes.explain.why_not import override_for, why_not
from hydra_recipes.findings.errors import DocumentError, OverrideError, RecipeError
from hydra_recipes.findings.finding import STRANGERS
from hydra_recipes.findings.messages.files import NoInput
from hydra_recipes.findings.rendering import finding_text
from hydra_recipes.importing.chain import continued
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import KeyPath
from hydra_recipes.override import Override, is_override
from hydra_recipes.shell_words import quote
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import canonical


@click.command(
    cls=Command,
    examples=[
        "recipe explain lr model=nova-lite peft=full lr=2e-6",
        "recipe explain lr support-bot-sft.yaml",
        "recipe explain replicas model=nova-pro --not 2",
        "recipe explain --all +preset=complete_sft",
        "recipe explain model_name_or_path method=dpo --continue support-bot-sft.yaml",
    ],
)
@click.argument("words", nargs=-1, metavar="KEY [FILE | OVERRIDE...]")
@click.option("--all", "whole", is_flag=True, help="Explain every key; then no KEY is given.")
@click.option(
    CONTINUE, "continues", metavar="FILE", help="Explain the recipe that continues this file."
)
@click.option("--not", "other", metavar="VALUE", help="Say why the key is not VALUE.")
@json_option
def explain(
    words: tuple[str, ...], whole: bool, continues: str | None, other: str | None, as_json: bool
) -> int:
    """Show where a value came from, and what holds for it.

    That is what set it, what lost, where its link leads and its limits. Of a file that recipe
    compose or recipe sweep wrote, also what was edited since.

    In JSON: an object for a KEY with a value, a list of them for a section and for --all.
    """
    key, inputs = (None, words) if whole else _key_and_inputs(words)
    if whole and other is not None:
        raise click.UsageError("--not asks about one KEY, and --all about every key")
    subject = _subject(inputs, continues)
    if key is not None and other is not None:
        return _why_not(subject, subject.find(key), other, as_json)
    asked = None if key is None else subject.find(key)
    paths = subject.leaves_ever() if asked is None else list(subject.leaves(asked)) or [asked]
    alone = paths == [asked]
    above = [asked] if asked is not None and not alone and subject.says(asked) else []
    explanations = [(path, subject.explain(path)) for path in (*above, *paths)]
    if as_json:
        data = [
            {**explanation.as_json(), "edited": subject.is_edited(path)}
            for path, explanation in explanations
        ]
        say(json_text(data[0] if alone else data, indent=2))
        _say_what_was_edited(subject)
        return 0

    width, style = columns(), style_for(sys.stdout)
    if alone or above:
        say(explanation_text(explanations[0][1], width, style))
    if not alone:
        say(tree_text(explanations[len(above) :], width, style))
    _say_what_was_edited(subject)
    return 0


def _key_and_inputs(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the KEY and the words after it."""
    if not words:
        raise click.UsageError("name a KEY, or give --all")
    key, *inputs = words
    if Override.read(key).assigned is not None or (Path(key).is_file() and not inputs):
        raise click.UsageError(f"name a KEY before {key}, or give --all")
    return key, tuple(inputs)


def _subject(inputs: tuple[str, ...], continues: str | None) -> Explained:
    """Return the recipe that a file or overrides name, ready to be explained.

    Args:
        inputs: The file or the overrides.
        continues: The file of the recipe that it continues; None if the first line may tell.
    """
    files = [word for word in inputs if not is_override(word)]
    if not files:
        return _of_overrides(inputs, continues)
    if continues is not None:
        raise click.UsageError(f"{CONTINUE} goes with overrides; a file's first line tells its own")
    if len(inputs) > 1:
        raise click.UsageError(f"explain takes one file, or overrides; not {' and '.join(inputs)}")
    if not files[0]:
        raise DocumentError(NoInput())
    if Path(files[0]).is_dir():
        raise click.UsageError(f"explain takes one file, and {files[0]} is a directory")
    document = read_input(files[0])
    subject = explained_file(document, active_libraries())
    for finding in subject.report.findings:
        if finding.kind in STRANGERS:  # it may be no recipe at all, so say that first
            say(finding_text(finding, style_for(sys.stderr)), err=True)
    return _with_chain(subject, document)


def _of_overrides(overrides: tuple[str, ...], continues: str | None) -> Explained:
    """Return the recipe that overrides compose, by themselves or to continue the one in a file."""
    libraries = active_libraries()
    if continues is None:
        return explained(compose(overrides), libraries)
    continuation = continued(_earlier(continues), overrides, libraries)
    return replace(explained(continuation.recipe, libraries), continued=continuation.origins)


def _with_chain(subject: Explained, document: Document) -> Explained:
    """Return the recipe in a file with what it has from the one that its first line continues."""
    command = command_in(document.text)
    if command is None or command.continues is None or subject.command is None:
        return subject
    try:
        earlier = _earlier(command.continues)
        origins = continued(earlier, command.overrides, active_libraries()).origins
    except RecipeError as error:
        say(f"what the recipe continues can't be told: {error}", err=True)
        return subject
    return replace(subject, continued=origins)


def _earlier(name: str) -> Document:
    """Return the file of the recipe that is continued."""
    if not name:
        raise click.UsageError(f"{CONTINUE} names no file; is a variable of the shell empty?")
    return read_document(STDIN, "<stdin>") if name == "-" else read_document(Path(name))


def _why_not(subject: Explained, path: KeyPath, other: str, as_json: bool) -> int:
    """Print why a key hasn't another value, and return the exit status."""
    try:
        parsed = parse_override(f"value={expand_shell_links(other)}", typed=other)
    except OverrideError:
        quoted = quote(spell_value(other))
        raise click.UsageError(f"can't read the VALUE {other}; quote it: {quoted}") from None
    if parsed.sweeps:
        quoted = quote(spell_value(other))
        raise click.UsageError(f"--not takes one VALUE; for text with a comma: {quoted}")
    value = parsed.value
    explanation = subject.explain(path)
    # The value as it is, and as it was written: a link has both.
    current = [explanation.value, *(write.value for write in explanation.history[-1:])]
    if explanation.present and canonical(value) in map(canonical, current):
        raise click.UsageError(f"{explanation.key} is {shown(value)}")
    lost, findings = why_not(subject, path, value)
    if as_json:
        data: dict[str, Any] = {
            **explanation.as_json(),
            "not": value,
            "lost": [write.as_json() for write in lost],
            "would_find": [finding.as_json() for finding in findings],
        }
        say(json_text(data, indent=2))
    else:
        override = override_for(subject, path, value)
        say(why_not_text(explanation, value, lost, findings, override, style_for(sys.stdout)))
    return 0


def _say_what_was_edited(subject: Explained) -> None:
    """Print what was edited in a file since it was composed, or why that is unknown."""
    edits = edited(subject)
    if edits:
        say(edits_text(edits, subject), err=True)
    elif subject.refused is not None:
        say(str(subject.refused), err=True)
    elif subject.command is None:
        say("no command in the first line; recipe import finds one", err=True)
