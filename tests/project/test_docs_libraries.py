"""``docs/libraries.md``: its files are written, its commands run, and answer as shown."""

import pytest

from support.places import ROOT
from support.shown_pages import compare, written_and_answered

DOC = ROOT / "docs" / "libraries.md"


@pytest.fixture(autouse=True)
def somebody(monkeypatch):
    """Whom git takes for the author."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Acme")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "acme@example.com")


def test_each_command_answers_as_shown(request, recipe, tmp_path):
    ran, written = written_and_answered(DOC.read_text(encoding="utf-8"), recipe, tmp_path)
    assert len(written) > 10
    compare(request, DOC, ran)
