"""``recipe check --fix``: fix a file in place, or show how it would change."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hydra_recipes.cli.inputs import recipe_files
from hydra_recipes.cli.terminal import error_line, say, style_for
from hydra_recipes.diff.text import name_of
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.backups import exchanged, has_backup, write_mended
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.editor import mended
from hydra_recipes.documents.editing.repeats import without_repeats
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.finding import STRANGERS, Report
from hydra_recipes.findings.messages.files import LOSSES
from hydra_recipes.repair.remedy import Remedy
from hydra_recipes.repair.repair import Repair
from hydra_recipes.repair.respelling import respelled
from hydra_recipes.repair.search import Outcome
from hydra_recipes.shell_words import quote
from hydra_recipes.text import counted, one_line, spell


@dataclass
class Fixing:
    """Fixer of files, which counts what it does.

    Attributes:
        dry_run: Whether to show the changes only.
        backup: Whether to keep the original of each file beside it.
        changed: The number of keys changed so far.
        left: The number of suggestions left to the user so far.
    """

    dry_run: bool
    backup: bool
    changed: int = 0
    left: int = 0

    def mend(self, path: Path, document: Document, outcome: Outcome, report: Report) -> bool:
        """Make the changes in a file that keep everything that was written.

        Args:
            path: The file.
            document: Its content.
            outcome: The changes to make.
            report: The findings about it.

        Returns:
            Whether the file was written.

        Raises:
            OutputError: If the file can't be written.
        """
        if any(finding.kind in STRANGERS for finding in report.findings):
            say(f"{path} is left as it is", err=True)
            return False
        cleared = without_repeats(document, doubtful=False)
        mended, made, obstacles = _mended(cleared, outcome.fix)
        for obstacle in obstacles:
            say(error_line(obstacle), err=True)
        self.left += len(obstacles)
        spelled, respellings = respelled(parse_document(mended, document.file), report)
        text = spelled.text
        repeated = len(document.troubles) - len(cleared.troubles)
        renewed = len({change.path for change in made.changes if change.kind != "delete"})
        count = renewed + repeated + len(respellings)
        if not count:
            if not report.valid:
                say(f"{path} is left as it is", err=True)
            return False
        if self.dry_run:
            self.changed += count
            say(changed_lines(document.file, document.text, text, "fixed"), err=True)
            return False
        backup = write_mended(path, text, backup=self.backup)
        self.changed += count
        words = outcome.fix_words if made is outcome.fix else ()
        done = [" ".join(map(quote, words)) or what_is_done(made.changes)] if made.changes else []
        done += ["without what was there twice"] if repeated else []
        done += [f"{word.key}: {word.new}, not {word.old}" for word in respellings]
        beside = f"; as it was: {backup}" if backup else ""
        say(f"fixed {path}: {', '.join(done)}{beside}", err=True)
        return True

    def tell_left(self, path: Path, outcome: Outcome) -> None:
        """Print the suggestions that are left to the user, each with the reason."""
        for repair, words in zip(outcome.left, outcome.left_words, strict=True):
            suggestion = " ".join(map(quote, words)) or what_is_done(repair.changes)
            say(f"left in {path}: {suggestion}; {LOSSES[repair.loss or 'guesses']}", err=True)
        self.left += len(outcome.left)

    def tell_all(self) -> None:
        """Print in one line how much was changed and how much is left."""
        done = f"{self.changed} would change" if self.dry_run else f"{self.changed} changed"
        say(f"{done}, {counted(self.left, 'suggestion')} left", err=True)


def _mended(document: Document, fix: Repair) -> tuple[str, Repair, list[OutputError]]:
    """Return a file's text after a repair, the part of the repair that was made, and the errors.

    A change that would affect something else, such as a value that other keys share, isn't made and
    gives an error.
    """
    if not fix.changes:
        return document.text, fix, []
    with suppress(OutputError):
        return mended(document, fix.changes), fix, []
    made: list[Remedy] = []
    obstacles: list[OutputError] = []
    for remedy in fix.remedies:
        try:
            document = parse_document(mended(document, remedy.changes), document.file)
        except OutputError as error:
            obstacles.append(error)
        else:
            made.append(remedy)
    return document.text, Repair(tuple(made)), obstacles


def undo(subjects: Iterable[str], *, dry_run: bool) -> None:
    """Exchange files with their newest backups, so that undoing twice changes nothing.

    In a directory, files without a backup are left alone.

    Raises:
        OutputError: If a file that is named has no backup, or one of the two can't be written.
    """
    for subject in subjects:
        for path in recipe_files(subject):
            if Path(subject).is_dir() and not has_backup(path):
                continue
            now, before, backup = exchanged(path, write=not dry_run)
            if dry_run:
                say(changed_lines(str(path), now, before, "put back"), err=True)
            else:
                text = f"put back {path} as it was in {backup}, which now holds what {path} was"
                say(text, err=True)


def what_is_done(changes: Iterable[Change]) -> str:
    """Return changes in words, for those that no override expresses."""
    texts = (
        f"without {name_of(change.path)}"
        if change.kind == "delete"
        else f"{name_of(change.path)}: {spell(change.value)}"
        for change in changes
    )
    return one_line(", ".join(texts))


def changed_lines(file: str, before: str, text: str, what: str) -> str:
    """Return the changes of a file as a unified diff, coloured for stderr."""
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
