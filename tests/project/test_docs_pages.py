"""The pages of ``docs/``: what they show is what happens, in a fresh checkout, page by page.

``nova.md`` and ``security.md``, which have no commands, have tests of their own.
"""

import re

import pytest
import yaml

from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries
from support.places import ROOT
from support.shown_commands import FENCE
from support.shown_pages import (
    answer_in_process,
    answered,
    blocks,
    checkout,
    commands,
    compare,
    python_fails,
)

DOCS = ROOT / "docs"
SHOWN = [
    "compose",
    "methods",
    "check",
    "reuse",
    "chains",
    "explain",
    "sweep",
    "limits",
    "python",
    "releases",
]
"""The pages of the tour, and others whose commands run in a checkout as they stand."""
ELSEWHERE = {
    "libraries": "test_docs_libraries",
    "families": "test_docs_families",
    "apps": "test_docs_apps",
}
"""The pages whose commands another test runs, and that test."""


def text_of(page):
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", SHOWN)
def test_every_command_answers_as_shown_and_changes_nothing_of_the_checkout(
    page, request, tmp_path, recipe
):
    files = checkout(tmp_path)
    now = answered(text_of(page), lambda command: answer_in_process(recipe, command))
    assert [name for name, held in files.items() if (tmp_path / name).read_bytes() != held] == []
    compare(request, DOCS / f"{page}.md", now)


def test_each_page_with_commands_is_run():
    shown = {path.stem for path in DOCS.glob("*.md") if commands(path.read_text(encoding="utf-8"))}
    assert shown == {*SHOWN, *ELSEWHERE}
    assert all((ROOT / "tests" / "project" / f"{test}.py").exists() for test in ELSEWHERE.values())


def test_the_tour_has_commands_and_answers_that_fail():
    shown = [one for page in SHOWN for one in commands(text_of(page))]
    assert len(shown) > 30
    assert any(one.answer[-1:] == ["[exit 1]"] for one in shown)


@pytest.mark.parametrize("block", blocks(text_of("python"), "python"))
def test_the_python_shown_gives_what_is_shown(block):
    assert python_fails(block, "python.md") == ""


@pytest.mark.parametrize("block", blocks(text_of("limits"), "yaml"))
def test_the_limits_shown_are_the_librarys(block):
    rules = [
        yaml.safe_load(file.read_text()) for file in active_libraries().members[0].rules_files()
    ]
    limits = {
        key: {
            **({"source": one["source"]} if "source" in one else {}),
            **limit,
            "when": {**one.get("when", {}), **limit.get("when", {})},
        }
        for one in rules
        for key, limit in one.get("limits", {}).items()
    }
    shown = yaml.safe_load(block)["limits"]
    assert shown
    assert shown == {key: limits[key] for key in shown}


def test_the_table_of_offers_is_the_librarys():
    rows = re.findall(r"^\| (nova-\S+) \| (.+) \| (.+) \|$", text_of("compose"), re.MULTILINE)
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
        if point["method"] == "sft"
    }


def test_each_page_stands_in_the_table_of_contents():
    tables = re.findall(r"^```\{toctree\}\n(.*?)^```$", text_of("index"), re.DOTALL | re.MULTILINE)
    listed = [line for table in tables for line in table.splitlines() if line[:1].isalpha()]
    assert sorted(listed) == sorted({path.stem for path in DOCS.glob("*.md")} - {"index"})


def test_no_page_writes_what_another_one_writes():
    """So that they can be pasted one after another."""
    pages = [*(DOCS / f"{page}.md" for page in SHOWN), ROOT / "README.md"]
    written = [
        name
        for page in pages
        for name in {
            found
            for shown in commands(page.read_text(encoding="utf-8"))
            for found in re.findall(r"(?: -o|[^2]>|--dir|mkdir) ?([\w./-]+)", shown.command)
        }
    ]
    assert len(written) > 10
    assert sorted(written) == sorted(set(written))


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_each_link_leads_to_a_file(path):
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    links = re.findall(r"\]\((?!#|https?:)([^)\s#]+)", prose)
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_no_page_needs_an_index_that_has_this_package():
    packages = re.compile(r"pip install[^\n`]*\bhydra-recipes\b|pypi\.org/project/hydra-recipes")
    ours = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".tmpl", ".yml")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in [*PAGES, *ours]}
    assert [name for name, text in texts.items() if packages.search(text)] == []
