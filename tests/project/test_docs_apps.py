"""``docs/apps.md``: its apps run, and answer as shown."""

import sys

import hydra
import pytest

from support.places import ROOT
from support.shown_pages import compare, written_and_answered

DOC = ROOT / "docs" / "apps.md"
STABLE = hydra.__version__.startswith("1.3")


@pytest.mark.skipif(not STABLE, reason="the page shows the version base of Hydra 1.3")
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Hydra 1.3 starts no app on it")
def test_each_command_answers_as_shown(request, recipe, tmp_path):
    ran, written = written_and_answered(DOC.read_text(encoding="utf-8"), recipe, tmp_path)
    files = [path.relative_to(tmp_path).as_posix() for path in written]
    assert files == ["train.py", "own/long.yaml", "composed.py", "mine/long.yaml"]
    compare(request, DOC, ran)
