"""Pages whose commands are run: each block of them does what it shows."""

import difflib
import doctest
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from hydra_recipes.sources.active import _check
from support.places import ROOT
from support.shown_commands import FENCE, Shown, answer_of


def blocks(text, language):
    """The contents of a page's blocks in a language."""
    return [block[2] for block in FENCE.finditer(text) if block[1] == language]


def commands(text):
    """All commands that a page shows."""
    return [shown for block in blocks(text, "console") for shown in Shown.all_in(block)]


def answered(text, answer):
    """The page with what its commands answer now.

    Args:
        text: The page.
        answer: Gives the lines that a command answers.
    """

    def now(block):
        if block[1] != "console":
            return block[0]
        ran = [
            Shown(shown.command, shown.cut(answer(shown.command)))
            for shown in Shown.all_in(block[2])
        ]
        return f"```console\n{''.join(map(str, ran))}```"

    return FENCE.sub(now, text)


def answer_in_process(recipe, command):
    """What a command answers, in the directory that ``recipe`` runs in.

    A plain one of ours, piped into nothing but grep, is run by ``recipe``, which takes a tenth of
    the time of a process of its own.
    """
    plain, _, kept = command.replace("\\\n", " ").partition(" | grep ")
    if not plain.startswith("recipe ") or re.search(r"[|<>&;]", plain + kept):
        return answer_of(command, Path.cwd())
    _check.cache_clear()  # each is a process of its own
    ran = recipe(*shlex.split(plain)[1:])
    if kept:
        return [line for line in ran.out.splitlines() if shlex.split(kept)[0] in line]
    status = [f"[exit {ran.status}]"] if ran.status else []
    return [*(ran.err + ran.out).splitlines(), *status]


FILE = re.compile(r"# (\S+)\n")
"""The first line of a file that a page shows: its path."""


def written_and_answered(text, recipe, directory):
    """The page with what its commands answer now, and the files that it shows, which are written.

    Args:
        text: The page.
        recipe: Runs a command in ``directory``.
        directory: An empty directory.
    """
    written = []

    def now(block):
        language, content = block[1], block[2]
        if language in ("yaml", "toml", "python"):
            name = FILE.match(content)
            path = directory / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            assert not path.exists()
            path.write_text(content[name.end() :], encoding="utf-8")
            written.append(path)
            return block[0]
        assert language == "console"
        answered = []
        for shown in Shown.all_in(content):
            answer = answer_in_process(recipe, shown.command)
            lines = [scrubbed(line, directory) for line in answer]
            answered.append(str(Shown(shown.command, shown.cut(lines))))
        return f"```console\n{''.join(answered)}```"

    return FENCE.sub(now, text), written


def scrubbed(line, place):
    """A line without what differs from machine to machine, or with the built-in library."""
    line = re.sub(r"(?<!\S)/\S+(?=/conf[ /])", "…", line.replace(str(place), "~"))
    return re.sub(r"\b[0-9a-f]{16}\b", "…", line)


def compare(request, path, now):
    """Compares a page with what it is now; with --update-golden, writes it for review instead."""
    text = path.read_text(encoding="utf-8")
    if request.config.getoption("--update-golden"):
        path.write_text(now, encoding="utf-8")
    elif now != text:
        lines = difflib.unified_diff(
            text.splitlines(), now.splitlines(), path.name, "now", lineterm=""
        )
        pytest.fail("\n".join(lines) + "\n(reviewed? pytest --update-golden)", pytrace=False)


def python_fails(block, name):
    """What is wrong with a block of Python, which is a session; nothing if it is as shown."""
    case = doctest.DocTestParser().get_doctest(block, {}, name, name, 0)
    assert case.examples
    said = []
    failed = doctest.DocTestRunner().run(case, out=said.append).failed
    return "".join(said) if failed else ""


def checkout(place):
    """Makes a fresh checkout: the files under version control, or all there are without git.

    Returns:
        The content of each file by its path.
    """
    list_files = ["git", "ls-files", "-z"] if (ROOT / ".git").exists() else ["find", "-print0"]
    listed = subprocess.run(list_files, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name)
    return {name: (place / name).read_bytes() for name in names}
