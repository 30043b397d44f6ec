"""``docs/libraries.md``: its files are written, its commands run, and answer as shown."""

import re

import pytest

from support.places import ROOT
from support.shown_commands import FENCE, Shown
from support.shown_pages import answer_in_process, compare

DOC = ROOT / "docs" / "libraries.md"
FILE = re.compile(r"# (\S+)\n")


@pytest.fixture(autouse=True)
def somebody(monkeypatch):
    """Whom git takes for the author."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Acme")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "acme@example.com")


def scrubbed(line, place):
    """A line without what differs from machine to machine, or with the built-in library."""
    line = re.sub(r"(?<!\S)/\S+(?=/conf[ /])", "…", line.replace(str(place), "~"))
    return re.sub(r"\b[0-9a-f]{16}\b", "…", line)


def test_each_command_answers_as_shown(request, recipe, tmp_path):
    text = DOC.read_text(encoding="utf-8")
    written = []

    def now(block):
        language, content = block[1], block[2]
        if language in ("yaml", "toml", "python"):
            name = FILE.match(content)
            path = tmp_path / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            assert not path.exists()
            path.write_text(content[name.end() :], encoding="utf-8")
            written.append(path)
            return block[0]
        assert language == "console"
        answered = []
        for shown in Shown.all_in(content):
            lines = [scrubbed(line, tmp_path) for line in answer_in_process(recipe, shown.command)]
            answered.append(str(Shown(shown.command, shown.cut(lines))))
        return f"```console\n{''.join(answered)}```"

    ran = FENCE.sub(now, text)
    assert len(written) > 10
    compare(request, DOC, ran)
