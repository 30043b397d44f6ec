"""The README: what it shows is what happens."""

import difflib
import doctest
import re

import pytest
import yaml

from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries
from support.places import ROOT
from support.shown_commands import FENCE, Shown, answer_of

README = ROOT / "README.md"


def blocks(language):
    return [match[2] for match in FENCE.finditer(README.read_text()) if match[1] == language]


def test_every_command_of_the_tour_answers_as_shown(request, tmp_path):
    text = README.read_text()
    now = text
    for block in blocks("console"):
        ran = "".join(
            str(Shown(shown.command, shown.cut(answer_of(shown.command, tmp_path))))
            for shown in Shown.all_in(block)
        )
        now = now.replace(block, ran, 1)
    if request.config.getoption("--update-golden"):
        README.write_text(now)
    elif now != text:
        lines = difflib.unified_diff(
            text.splitlines(), now.splitlines(), "README.md", "now", lineterm=""
        )
        pytest.fail("\n".join(lines) + "\n(reviewed? pytest --update-golden)", pytrace=False)


def test_the_tour_has_commands_and_an_answer_that_fails():
    commands = [shown for block in blocks("console") for shown in Shown.all_in(block)]
    assert len(commands) > 10
    assert any(shown.answer[-1:] == ["[exit 1]"] for shown in commands)


@pytest.mark.parametrize("block", blocks("python"))
def test_the_python_shown_gives_what_is_shown(block):
    case = doctest.DocTestParser().get_doctest(block, {}, "README", str(README), 0)
    assert case.examples
    said = []
    assert doctest.DocTestRunner().run(case, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_the_limits_shown_are_the_librarys(block):
    rules = [
        yaml.safe_load(file.read_text()) for file in active_libraries().members[0].rules_files()
    ]
    limits = {key: limit for one in rules for key, limit in one.get("limits", {}).items()}
    shown = yaml.safe_load(block)["limits"]
    assert shown
    assert shown == {key: limits[key] for key in shown}


def test_the_table_of_offers_is_the_librarys():
    rows = re.findall(r"^\| (nova-\S+) \| (.+) \| (.+) \|$", README.read_text(), re.MULTILINE)
    shown = {
        (model, peft, hardware)
        for model, lora, full in rows
        for peft, cell in (("lora", lora), ("full", full))
        for hardware in cell.split()
    }
    assert shown == {
        (point["model"], point["peft"], point["hardware"])
        for offer in rule_book(active_libraries()).offers
        for point in offer.combinations()
    }


def test_the_install_commands_are_what_ci_runs():
    install, test = blocks("sh")[0].splitlines()
    assert install == "pip install -e . && recipe compose model=nova-micro peft=lora"
    assert test == "pip install -e '.[test]' && pytest"
