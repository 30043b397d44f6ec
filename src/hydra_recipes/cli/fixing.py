"""``recipe check --fix``: mending a file, or showing how it would be mended."""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_recipes.cli.terminal import say, style_for
from hydra_recipes.diff.text import name_of
from hydra_recipes.messages import one_line
from hydra_recipes.rules.keywords import spell
from hydra_recipes.shell_words import quote

if TYPE_CHECKING:
    from hydra_recipes.changes import Change
    from hydra_recipes.documents import Document
    from hydra_recipes.findings import Report
    from hydra_recipes.repair.search import Outcome


@dataclass(frozen=True)
class Fixing:
    """How files are mended.

    Attributes:
        dry_run: Whether it is only shown what would change.
        backup: Whether the file as it was is kept beside it.
    """

    dry_run: bool
    backup: bool

    def mend(
        self,
        path: Path,
        document: Document,
        outcome: Outcome,
        report: Report,
        known: tuple[str, ...],
    ) -> Report:
        """Mends a file by the best repair, and removes what it says twice.

        Args:
            path: The file.
            document: What it holds.
            outcome: What to change, the best repair first.
            report: What is wrong with it.
            known: Choices that hold for it, as overrides.

        Returns:
            The report on the file as it is then.

        Raises:
            OutputError: If that can't be done without touching something else.
        """
        from hydra_recipes.recipe_files import check_file
        from hydra_recipes.repair.file import mended, write_mended
        from hydra_recipes.repair.repeats import without_repeats

        repairs, cleared = outcome.repairs, without_repeats(document, outcome.first)
        if not repairs and cleared is document:
            say(f"{path} is left as it is: nothing near mends all of it", err=True)
            return report
        text = mended(cleared, repairs[0].changes) if repairs else cleared.text
        if repairs and repairs[0].chosen:
            text = _with_choices(text, repairs[0].chosen, document.file, known)
        if self.dry_run:
            say(changed_lines(document.file, document.text, text, "fixed"), err=True)
            return report
        kept = write_mended(path, text, backup=self.backup)
        best = [" ".join(map(quote, words)) for words in outcome.words[:1]]
        done = [best[0] or what_is_done(repairs[0].changes)] if best else []
        done += ["without what was there twice"] if cleared is not document else []
        words = ", ".join(done)
        beside = f"; as it was: {kept}" if kept else ""
        say(f"fixed {path}: {words}{beside}", err=True)
        return check_file(path, known=known)


def what_is_done(changes: Iterable[Change]) -> str:
    """Changes for which there are no overrides, in words."""
    told = (
        f"without {name_of(one.path)}"
        if one.kind == "delete"
        else f"{name_of(one.path)}: {spell(one.value)}"
        for one in changes
    )
    return one_line(", ".join(told))


def _with_choices(text: str, choices: Mapping[str, str], file: str, known: Sequence[str]) -> str:
    """A file's text with choices that only its first line can name.

    Raises:
        OutputError: If they were typed, or it has no such line.
    """
    from hydra_recipes.errors import OutputError
    from hydra_recipes.first_line import with_choices_in_header

    typed = {word.lstrip("+").partition("=")[0] for word in known}
    named = None if typed & choices.keys() else with_choices_in_header(text, choices)
    if named is None:
        words = " ".join(f"{group}={option}" for group, option in choices.items())
        hint = f"recipe check {shlex.quote(file)} {words}"
        raise OutputError("cannot-fix", file=file, why="choice", name=words, hint=hint)
    return named


def changed_lines(file: str, before: str, text: str, what: str) -> str:
    """What would change in a file, line by line."""
    style = style_for(sys.stderr)
    lines = difflib.unified_diff(
        before.splitlines(),
        text.splitlines(),
        file,
        f"{file} ({what})",
        n=1,
        lineterm="",
    )
    roles = {"+": "ok", "-": "error"}
    return "\n".join(style(line, roles[line[0]]) if line[0] in roles else line for line in lines)
