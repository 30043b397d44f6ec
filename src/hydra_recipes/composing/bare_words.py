"""Words that are no overrides, and what they are meant for: ``nova-lite``, or ``lr = 2e-6``.

People who haven't learnt the grammar type options without their groups, and spaces around the
``=``. They are told all overrides as they should be, not one mistake at a time.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.grammar import BareOption, SpacedOverride
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.rules.book import moves_of, rule_book


def refuse_bare_words(
    texts: Sequence[str], libraries: Libraries, files: Container[str] = ()
) -> None:
    """Raise for the first word that isn't an override, if it is clear what it means.

    Args:
        texts: The words.
        libraries: The libraries whose options it may mean.
        files: Those of the words that name files.

    Raises:
        OverrideError: With the overrides as they are meant.
    """
    if not any(map(_is_bare, texts)):
        return
    mistakes: list[tuple[str, str | None, str]] = []  # what was typed, its group, what is meant
    meant: list[str] = []
    unclear = False
    for typed in _joined(texts):
        is_bare = _is_bare(typed) and typed not in files
        group = _group_of(typed, libraries) if is_bare else None
        unclear = unclear or (is_bare and not group)
        override = typed
        if group:
            sign = "" if group in default_choices(libraries) else "+"
            override = f"{sign}{group}={','.join(map(spell_value, typed.split(',')))}"
        elif typed not in texts:
            override = re.sub(r"\s*=\s*", "=", typed, count=1)
        meant.append(override)
        if override != typed:
            mistakes.append((typed, group, override))
    if not mistakes:
        return  # the grammar's own error is about such a word
    typed, group, override = mistakes[0]
    told = [override] if unclear else meant
    detail = (
        BareOption(override=typed, group=group, meant=told)
        if group
        else SpacedOverride(override=typed, meant=told)
    )
    raise OverrideError(detail, OverrideOrigin(typed))


def _is_bare(text: str) -> bool:
    """Return whether a word has neither a ``=`` nor a sign, so that it can't be an override."""
    return bool(text) and "=" not in text and text[0] not in "+~"


def _joined(texts: Sequence[str]) -> list[str]:
    """Return the words, those around a ``=`` that stands apart as one, with the spaces."""
    words: list[str] = []
    for text in texts:
        if words and (text.startswith("=") or (words[-1].endswith("=") and _is_bare(text))):
            words[-1] = f"{words[-1]} {text}"
        else:
            words.append(text)
    return words


def _group_of(word: str, libraries: Libraries) -> str | None:
    """Return the only group to choose from that has these options (``a,b``), or None."""
    derived, moves = rule_book(libraries).derived, moves_of(libraries)
    groups = [
        group
        for group in libraries.groups()
        if group not in derived
        and all(libraries.option_file(group, moves.option(group, o)) for o in word.split(","))
    ]
    return groups[0] if len(groups) == 1 else None
