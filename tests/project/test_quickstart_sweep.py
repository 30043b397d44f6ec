"""The reference sweep, multirun/quickstart: what a command of docs/sweep.md writes."""

import re
import shlex
import shutil

from support.places import ROOT

KEPT = ROOT / "multirun" / "quickstart"


def command_of_the_page():
    text = (ROOT / "docs" / "sweep.md").read_text().replace("\\\n", " ")
    (command,) = re.findall(r"^\$ recipe (sweep .* --dir multirun/rates-sft)$", text, re.MULTILINE)
    return shlex.split(command)


def files_in(directory):
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


def test_the_command_shown_writes_it_byte_for_byte(request, recipe, tmp_path):
    ran = recipe(*command_of_the_page())
    assert ran.status == 0, ran.err
    written = tmp_path / "multirun" / "rates-sft"
    if request.config.getoption("--update-golden"):
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(written, KEPT)
        return
    now, kept = files_in(written), files_in(KEPT)
    assert sorted(now) == sorted(kept)
    changed = [name for name in now if now[name] != kept[name]]
    assert changed == [], "reviewed? pytest --update-golden tests/project/test_quickstart_sweep.py"


def test_all_of_it_is_valid_and_ready(recipe):
    ran = recipe("check", str(KEPT / "recipes"))
    assert ran.status == 0, ran.out
    assert "incomplete" not in ran.out
