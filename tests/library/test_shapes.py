"""Shapes of files: any mistake is told with its place, its path and what is expected."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

import hydra_recipes
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.rules import BadKeyword
from hydra_recipes.library.shape import Listed, Shape, WrittenShape
from support.team_libraries import write_library

pytestmark = pytest.mark.quick

PACKAGE = Path(hydra_recipes.__file__).parent


def even(number: int) -> int:
    if number % 2:
        raise ValueError("is odd")
    return number


def short(text: str) -> str:
    if len(text) > 3:
        raise PydanticCustomError(
            "message", "it is long", {"kind": BadKeyword, "keywords": [text], "nearest": []}
        )
    return text


class Entry(WrittenShape):
    because: str
    when: dict[str, Listed] = Field(default={})
    level: Literal["low", "high"] = "low"
    count: Annotated[int, AfterValidator(even)] = 0
    word: Annotated[str, AfterValidator(short)] = ""
    sums: list[list[int]] = Field(default=[], description="a list of sums, such as [[1, 2]]")
    plan: dict[str, Any] = Field(default={}, alias="schema")


class Sections(WrittenShape):
    entries: dict[str, Entry] = Field(default={})
    others: list[Entry] = Field(default=[])


class Whole(Shape):
    entries: list[Entry]
    size: int = Field(default=0, ge=0)


def mistake(tmp_path, shape, text, entry=None):
    """What is wrong in a file: the kind, the line and column, and the values of the message."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    document = read_document(path)
    with pytest.raises(LibraryError) as caught:
        shape.read(document.tree, str(path), document, entry)
    error = caught.value
    data = dict(vars(error.detail))
    assert data.pop("file") == error.origin.file == str(path)
    return error.kind, (error.origin.line, error.origin.column), data


def entry_with(line):
    return f"entries:\n  a:\n    because: b\n    {line}\n"


WRONG = {
    # the fourth line of a file: what is wrong with it, and in which column
    "count: x": ("count has to be a whole number", 5),
    "count: 2.0": ("count has to be a whole number", 5),
    "count: true": ("count has to be a whole number", 5),
    "count: 3": ("count is odd", 5),
    "level: middle": ("level has to be low or high", 5),
    "when: x": ("when has to be a mapping", 5),
    "when: {model: 3}": ("when.model has to be text", 12),
    "when: {model: [a, 3]}": ("when.model.1 has to be text", 23),
    "when: {7: a}": ('when has the key 7, which has to be text: "7"', 12),
    "when: {null: 3}": ('when has the key null, which has to be text: "null"', 12),
    "when: {on: a}": ('when has the key true, which has to be text: "true"', 12),
    "sums: [1]": ("sums has to be a list of sums, such as [[1, 2]]", 12),
    "sums: [[1, x]]": ("sums has to be a list of sums, such as [[1, 2]]", 16),
    "schema: [a]": ("schema has to be a mapping", 5),
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_value_is_told_with_its_path_and_its_place(tmp_path, line):
    reason, column = WRONG[line]
    data = {"entry": "a", "reason": reason}
    told = mistake(tmp_path, Sections, entry_with(line))
    assert told == ("bad-rules-entry", (4, column), data)


def test_the_fields_of_a_file_are_its_sections(tmp_path):
    kind, place, data = mistake(tmp_path, Sections, "entries: {}\nentry: {}\n")
    assert (kind, place) == ("bad-rules-section", (2, 1))
    assert (data["section"], data["nearest"]) == ("entry", ("entries",))
    assert data["known"] == ("entries", "others")


def test_an_unknown_field_is_told_with_the_nearest_by_the_names_of_the_file(tmp_path):
    kind, place, data = mistake(tmp_path, Sections, entry_with("shema: {}"))
    assert (kind, place, data["entry"]) == ("bad-rules-field", (4, 5), "a")
    assert (data["field"], data["nearest"]) == ("shema", ("schema",))
    assert data["known"] == ("because", "when", "level", "count", "word", "sums", "schema")


def test_a_field_that_is_misspelt_comes_before_the_one_that_is_missing(tmp_path):
    kind, place, data = mistake(tmp_path, Sections, "entries: {a: {}, b: {becuse: x}}")
    assert (kind, place, data["nearest"]) == ("bad-rules-field", (1, 22), ("because",))


@pytest.mark.parametrize("entry", ["{}", "{because: }", "{because: ' '}", "{because: []}"])
def test_a_needed_field_without_a_value_is_missing(tmp_path, entry):
    kind, place, data = mistake(tmp_path, Sections, f"entries:\n  a: {entry}\n")
    assert (kind, place[0]) == ("bad-rules-entry", 2)
    assert data["reason"] == "it has no because"


def test_other_fields_without_a_value_are_left_out():
    read = Sections.read({"entries": {"a": {"because": "b", "level": None, "schema": None}}}, "a")
    assert (read.entries["a"].level, read.entries["a"].plan, read.others) == ("low", {}, [])


def test_the_first_mistake_of_a_file_is_told(tmp_path):
    text = "others: [{because: b, count: x}]\nentries: {a: {because: 3}}\n"
    kind, place, data = mistake(tmp_path, Sections, text)
    assert (kind, place[0]) == ("bad-rules-entry", 1)
    assert data == {"entry": "others.0", "reason": "count has to be a whole number"}


@pytest.mark.parametrize("text", ["[]", "word", "3"])
def test_a_file_that_is_no_mapping(tmp_path, text):
    kind, place, data = mistake(tmp_path, Sections, text)
    assert (kind, place, data["reason"]) == ("bad-library-file", (1, 1), "not a mapping")


def test_a_validator_may_name_a_message_of_its_own(tmp_path):
    kind, place, data = mistake(tmp_path, Sections, entry_with("word: long"))
    assert (kind, place[0]) == ("bad-keyword", 4)
    assert data == {"entry": "a", "key": "word", "keywords": ["long"], "nearest": []}


def test_a_file_about_one_thing_names_it_and_paths_are_whole(tmp_path):
    kind, _, data = mistake(tmp_path, Whole, "entries: [{because: b, count: x}]", "it all")
    assert kind == "bad-rules-entry"
    assert data == {"entry": "it all", "reason": "entries.0.count has to be a whole number"}
    _, _, data = mistake(tmp_path, Whole, "size: 3\n", "it all")
    assert data["reason"] == "it has no entries"
    kind, _, data = mistake(tmp_path, Whole, "entries: []\nsiz: 3\n", "it all")
    assert (kind, data["nearest"]) == ("bad-rules-field", ("size",))
    _, _, data = mistake(tmp_path, Whole, "entries: []\nsize: -3\n", "it all")
    assert data["reason"] == "size has to be greater than or equal to 0"


def test_without_a_document_there_is_no_place_but_the_path():
    with pytest.raises(LibraryError) as caught:
        Whole.read({"entries": [{"because": "b"}, {"when": {}}]}, "a.toml", entry="a.toml")
    assert caught.value.origin is None
    assert caught.value.detail.reason == "entries.1 has no because"


def shapes(base=Shape):
    """Every shape that a module of the package defines."""
    for path in PACKAGE.rglob("*.py"):
        if "library.shape import" in path.read_text(encoding="utf-8"):
            name = path.relative_to(PACKAGE.parent).with_suffix("").as_posix()
            importlib.import_module(name.replace("/", "."))
    found = [base]
    for shape in found:
        found += shape.__subclasses__()
    return [shape for shape in found if shape.__module__.startswith("hydra_recipes.")]


def test_every_shape_is_strict_and_frozen_and_only_requests_have_fields_of_their_own():
    strict = [shape for shape in shapes() if shape.model_config["strict"]]
    assert len(strict) == len(shapes()) > 10
    assert all(shape.model_config["frozen"] for shape in strict)
    open_shapes = [shape.__name__ for shape in strict if shape.model_config["extra"] != "forbid"]
    assert open_shapes == ["RequestShape"]


def test_a_table_of_libraries_and_kept_rules_are_read_without_pydantic(tmp_path):
    rules = "limits: {ours: {keys: {lr: {maximum: 1}}, because: So.}}\n"
    write_library(tmp_path / "team" / "conf", {"rules/ours": rules})
    (tmp_path / "pyproject.toml").write_text("[tool.hydra-recipes]\nlibraries = ['team']\n")
    code = (
        "import sys\n"
        "from hydra_recipes.sources.active import active_libraries\n"
        "from hydra_recipes.rules.book import rule_book\n"
        "assert 'ours' in {limit.id for limit in rule_book(active_libraries()).limits}\n"
        "print(*sys.modules)"
    )
    for imported in (True, False):  # the second process reads what the first one kept
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        modules = set(done.stdout.split())
        assert "tomllib" in modules
        assert imported is ("pydantic" in modules) is ("hydra_recipes.rules.shape" in modules)
