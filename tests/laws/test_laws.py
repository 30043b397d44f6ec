"""The list of the laws is whole: each is held by a file, and no file here holds one unsaid."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

HERE = Path(__file__).parent
LIST = (HERE / "README.md").read_text(encoding="utf-8")
STATED = re.findall(r"^- \*\*[^*]+\.\*\* \S.*: `([^`]+)`\.$", LIST, re.MULTILINE)


def test_each_law_is_stated_with_the_file_that_holds_it():
    assert len(STATED) == LIST.count("\n- ")
    assert len(STATED) == len(set(STATED))
    assert [name for name in STATED if not (HERE / name).is_file()] == []


def test_each_file_of_laws_is_listed():
    here = {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
    assert here == {name for name in STATED if "/" not in name}
