"""A library's page: all that the library has, as it is, and the same every time."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hydra_recipes import compose
from hydra_recipes.library.model import Libraries, builtin
from hydra_recipes.library_tools.contents import contents
from hydra_recipes.library_tools.markdown import block, code, prose, table
from hydra_recipes.library_tools.page import page_of
from hydra_recipes.sources.active import using
from support.places import ROOT
from support.team_libraries import ACME, marked, write_library

READER = MarkdownIt("commonmark").enable("table")

TEAM = {
    **ACME,
    "rules/acme": ACME["rules/acme"]
    + """\
rules:
  acme-warmup:
    severity: warning
    when: {model: [acme-lite, nova-lite]}
    require: warmup_steps * 2 <= save_steps || save_steps == null
    message: warmup_steps is more than half of save_steps
    because: "*Why*: the first | checkpoint comes <after> the warm-up."
off:
  nova-lite-lora-length: Ours are longer.
shadows: [optimizer/adam]
moved: {model/acme-small: model/acme-lite}
groups:
  bucket: {about: where our data are}
""",
    "optimizer/adam": "# @package recipes.training_config.model.optim\nname: adam\n",
    "bucket/main": "# @package recipes.run\ndata_s3_path: s3://acme/main.jsonl\n",
    "preset/acme/too_many": "# @package _global_\nrecipes: {run: {replicas: 7}}\n",
    "preset/acme/broken": "# @package _global_\ndefaults: [override /model: nowhere, _self_]\n",
    "preset/acme/linked": "# @package _global_\nrecipes: {run: {name: '${nowhere}'}}\n",
}


@pytest.fixture
def acme(tmp_path):
    return write_library(tmp_path / "acme", TEAM)


def tables(text):
    """The rows of all tables, each cell as it is shown."""
    rows, row = [], None
    for token in READER.parse(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline" and row is not None:
            row.append("".join(child.content for child in token.children))
        elif token.type == "tr_close":
            rows.append(row)
            row = None
    return rows


def headings(text):
    tokens = READER.parse(text)
    return [
        "".join(child.content for child in tokens[at + 1].children)
        for at, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def blocks(text):
    return [token.content for token in READER.parse(text) if token.type == "fence"]


def test_the_page_of_the_built_in_library_is_current(request):
    page = ROOT / "docs" / "nova.md"
    text = page_of(builtin(), Libraries((builtin(),)))
    if request.config.getoption("--update-golden"):
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text, "recipe library docs nova -o docs --force"


def test_all_that_a_library_has_is_on_its_page(acme):
    with using([acme]) as shelf:
        for library, has in zip(shelf.members, contents(shelf), strict=True):
            text = page_of(library, shelf)
            shown, cells = headings(text), [cell for row in tables(text) for cell in row]
            for group, options in has.options.items():
                assert {f"{group}={option}" for option in options} <= set(shown)
            assert {f"+preset={name}" for name in has.presets} <= set(shown)
            assert {f"+sweep={name}" for name in has.sweeps} <= set(shown)
            for entry in (*has.limits, *has.rules):
                assert any(cell.startswith(f"{entry} in rules/") for cell in cells), entry


def test_the_page_of_a_team(acme, recipe, golden):
    ran = recipe("library", "docs", str(acme))
    assert (ran.status, ran.err) == (0, "")
    golden("library/docs.md", ran.out)


def test_a_preset_is_shown_with_the_recipe_it_gives(acme):
    with using([acme]) as shelf:
        shown = blocks(page_of(shelf.members[0], shelf))
    assert compose(["+preset=acme/support_bot"], libraries=[acme]).to_yaml() in shown
    assert "axes:\n  lr: [1.0e-05, 2.0e-05]\n" in shown


def test_what_else_is_there_is_not_on_the_page_of_the_built_in_library(
    acme, tmp_path, recipe, monkeypatch
):
    plain = recipe("library", "docs", "nova").out
    assert plain == (ROOT / "docs" / "nova.md").read_text(encoding="utf-8")
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", str(acme))
    assert recipe("library", "docs", "nova").out == plain
    before = recipe("library", "docs", "acme").out
    write_library(tmp_path / "other", marked("other"))
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", f"{tmp_path / 'other'}:{acme}")
    assert recipe("library", "docs", "acme").out == before


def test_it_is_written_to_a_file_or_into_a_directory_and_over_nothing(acme, tmp_path, recipe):
    (tmp_path / "docs").mkdir()
    text = recipe("library", "docs", "acme").out
    words = ("library", "docs", "acme", "-o")
    assert recipe(*words, "docs").err == "wrote docs/acme.md\n"
    assert (tmp_path / "docs" / "acme.md").read_text() == text
    assert recipe(*words, "docs/").err == "docs/acme.md is up to date\n"
    assert recipe(*words, "page.md").err == "wrote page.md\n"
    (tmp_path / "page.md").write_text("ours\n")
    ran = recipe(*words, "page.md")
    assert (ran.status, (tmp_path / "page.md").read_text()) == (2, "ours\n")
    assert "--force" in ran.err
    assert recipe(*words, "page.md", "--force").status == 0
    assert (tmp_path / "page.md").read_text() == text
    assert recipe(*words, "-").out == text
    ran = recipe(*words, "nowhere/page.md")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "there is no directory nowhere" in ran.err
    ran = recipe(*words, "page.md/")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert recipe(*words, "new/").status == 0
    assert (tmp_path / "new" / "acme.md").read_text() == text
    assert recipe(*words, "").status == 2


def test_a_library_that_is_not_there_or_cannot_be_read_is_told_in_one_line(acme, recipe):
    ran = recipe("library", "docs", "nowhere")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    for broken in ("a: [\n", "- a\n"):
        write_library(acme, {"bucket/main": broken})
        ran = recipe("library", "docs", "acme")
        assert (ran.status, ran.out) == (2, "")
        assert "acme/bucket/main.yaml" in ran.err


@pytest.mark.parametrize(
    ("defaults", "brought"),
    [
        ("3", ""),
        ("[1, null, {2: c}, /optimizer/adam]", "Brings `2=c`, `optimizer=adam`."),
        ("[{override /model: [a, b]}, {tracking: null}]", "Brings `model=[a,b]`, `~tracking`."),
    ],
)
def test_a_defaults_list_that_makes_no_sense_is_shown_as_far_as_it_does(
    acme, recipe, defaults, brought
):
    write_library(acme, {"bucket/main": f"defaults: {defaults}\n1: 2\n"})
    ran = recipe("library", "docs", "acme")
    assert ran.status == 0
    assert "| `bucket.1` | `2` |" in ran.out
    assert brought in ran.out


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]))
_WORDS = st.lists(_TEXT.filter(bool), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=60)
@given(_WORDS, _WORDS)
@example("__0__", "0")
def test_text_shows_as_it_is(one, other):
    from hydra_recipes.text import one_line, written_out

    rows = tables("\n".join(table(("a", "b"), [(prose(one), code(other))])))
    assert rows == [["a", "b"], [one_line(one), one_line(other)]]
    (shown,) = blocks("\n".join(block(f"{one}\n{other}\n", "yaml")))
    assert shown == f"{written_out(one)}\n{written_out(other)}\n"
