"""``docs/families.md``: its files are written, its commands run, and answer as shown."""

from support.places import ROOT
from support.shown_pages import compare, written_and_answered

DOC = ROOT / "docs" / "families.md"


def test_each_command_answers_as_shown(request, recipe, tmp_path):
    ran, written = written_and_answered(DOC.read_text(encoding="utf-8"), recipe, tmp_path)
    assert [path.name for path in written if path.suffix == ".py"] == []
    assert len(written) > 5
    compare(request, DOC, ran)
