"""The README: it is short, and what it shows is what happens in a fresh checkout."""

import runpy

from support.places import ROOT
from support.shown_commands import answer_of
from support.shown_pages import answered, blocks, checkout, commands, compare

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_every_command_answers_as_shown_and_changes_nothing_of_the_checkout(request, tmp_path):
    files = checkout(tmp_path)
    now = answered(TEXT, lambda command: answer_of(command, tmp_path))
    assert [name for name, held in files.items() if (tmp_path / name).read_bytes() != held] == []
    compare(request, README, now)


def test_it_has_commands_and_an_answer_that_fails():
    shown = commands(TEXT)
    assert len(shown) > 6
    assert any(one.answer[-1:] == ["[exit 1]"] for one in shown)


def test_it_has_less_than_150_lines():
    assert len(TEXT.splitlines()) < 150


def test_the_first_screen_has_the_picture_the_set_up_and_a_check_with_its_answer():
    screen = "\n".join(TEXT.splitlines()[:36])
    places = [screen.find(one) for one in ("](docs/picture.svg)", "```sh", "$ recipe check ")]
    assert -1 not in places
    assert places == sorted(places)
    assert "repair: " in screen


def test_the_install_commands_are_what_ci_runs():
    install, test = blocks(TEXT, "sh")[0].splitlines()
    assert install == "pip install -e . && recipe compose model=nova-micro peft=lora"
    assert test == "pip install -e '.[test]' && pytest"


def test_the_picture_is_what_its_script_draws(request):
    path = ROOT / "docs" / "picture.svg"
    compare(request, path, runpy.run_path(str(path.with_suffix(".py")))["draw"]())
