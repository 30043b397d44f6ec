"""Families whose shape is JSON Schema in a rules file."""

import json

import pytest
import yaml

from hydra_recipes import check, compose, plan
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.rules import families
from hydra_recipes.rules.book import own_rules
from hydra_recipes.rules.schema import recipe_schema
from hydra_recipes.sources.active import using
from support.team_libraries import write_library

SCHEMA = {
    "type": "object",
    "required": ["run"],
    "properties": {
        "run": {
            "type": "object",
            "required": ["name", "layers"],
            "properties": {
                "name": {"type": "string", "description": "its name"},
                "layers": {"type": "integer", "minimum": 1, "maximum": 4},
                "rate": {"$ref": "#/$defs/share"},
                "seed": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
                "sizes": {"type": "array", "items": {"type": "integer", "minimum": 8}},
                "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                "copy": {"type": "boolean"},
                "class": {"enum": ["a", "b"]},
            },
        },
        "free": {"type": "object", "properties": {}, "additionalProperties": True},
    },
    "$defs": {"share": {"type": "number", "minimum": 0, "maximum": 1}},
}
CONFIG = """\
recipes:
  run: {name: x, layers: 2, rate: 0.5, seed: null, sizes: [8], tags: {a: b}, copy: true, class: a}
  free: {anything: 1}
"""


@pytest.fixture
def library(tmp_path):
    def write(schema):
        rules = yaml.safe_dump({"families": {"mine": {"schema": schema}}}, sort_keys=False)
        return write_library(tmp_path / "mine", {"config": CONFIG, "rules/mine": rules})

    return write


def told(*overrides):
    return [(finding.rule, finding.text.message) for finding in check(compose(overrides)).findings]


def test_types_and_keys_are_checked_as_those_of_a_model_in_python(library):
    with using([library(SCHEMA)]):
        assert told() == []
        assert told("layers=two") == [
            ("type", 'layers is the text "two"; it has to be a whole number')
        ]
        assert told("+run.sizze=1")[0][0] == "unknown-key"
        assert told("~run.layers")[0][0] == "missing-key"
        assert told("tags={a: 1}")[0][0] == "type"
        assert told("seed=x")[0][0] == "type"
        assert told("+free.other=[1]") == []
        assert list(compose([]).tree["run"])[:3] == ["name", "layers", "rate"]


@pytest.mark.parametrize(
    ("override", "rule"),
    [
        ("layers=5", "mine.run.layers"),
        ("rate=1.5", "mine.run.rate"),
        ("seed=-1", "mine.run.seed"),
        ("sizes=[4]", "mine.run.sizes"),
        ("class=c", "mine.run.class"),
    ],
)
def test_all_else_is_a_limit(library, override, rule):
    with using([library(SCHEMA)]):
        assert [found[0] for found in told(override)] == [rule]


def test_the_parts_of_all_of_are_one(library):
    run = SCHEMA["properties"]["run"]
    names = ["name", "rate", "tags"]
    parts = [
        {"required": ["name"], "properties": {name: run["properties"][name] for name in names}},
        {**run, "description": "the run", "properties": {**run["properties"]}},
    ]
    parts[1]["properties"]["layers"] = {
        "allOf": [{"$ref": "#/$defs/some"}, {"maximum": 4}],
        "description": "how many",
    }
    some = {"type": "integer", "minimum": 1, "description": "some"}
    whole = {**SCHEMA, "$defs": {**SCHEMA["$defs"], "some": some}}
    whole["properties"] = {**SCHEMA["properties"], "run": {"description": "it", "allOf": parts}}
    with using([library(whole)]):
        assert told() == []
        assert [found[0] for found in told("layers=5")] == ["mine.run.layers"]
        assert told("layers=two")[0][0] == "type"
        assert told("~run.layers")[0][0] == "missing-key"


def test_a_sweep_leaves_out_what_the_schema_forbids(library):
    with using([library(SCHEMA)]):
        grid = plan(["layers=0,1,4,5", "seed=null,-1,7"])
        assert len(grid) == 4
        assert "mine.run.layers" in json.dumps(grid.ledger.as_json())


def test_its_limits_are_switched_off_by_their_ids(library, tmp_path):
    off = write_library(tmp_path / "off", {"rules/off": "off: {mine.run.layers: We have more.}\n"})
    with using([off, library(SCHEMA)]):
        assert told("layers=5") == []


def test_its_own_schema_for_editors_says_the_same(library):
    place = library(SCHEMA)
    libraries = Libraries((Library("mine", place),))
    book = own_rules(libraries.members[0])
    run = recipe_schema(book, {})["properties"]["run"]
    assert '"maximum": 4' in json.dumps(run)
    assert '"additionalProperties": false' in json.dumps(run)
    assert families.descriptions(book.families[0].model)["run", "name"] == "its name"


def with_run(**keys):
    return {"properties": {"run": {"properties": keys}}}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "object"}, "it has no properties"),
        (with_run(a={"minimun": 1}), "minimun is no keyword of a family's schema; did you mean"),
        (with_run(a={"allOf": [{"minimum": 1}, {"minimum": 2}]}), "two parts of it say different"),
        (with_run(a={"allOf": [with_run(b={}), with_run(b={"minimum": 1})]}), "two parts of it"),
        (with_run(a={"allOf": [3]}), "two parts of it say different things of the same"),
        (with_run(a={"allOf": {}}), "two parts of it say different things of the same"),
        (with_run(a={"oneOf": []}), "oneOf is no keyword of a family's schema"),
        (with_run(a={"type": "int"}), "int is no type; there are string, integer"),
        (with_run(a={"$ref": "#/$defs/b"}), "#/$defs/b leads to no schema in $defs"),
        (with_run(a=3), "a schema has to be a mapping"),
        (with_run(a={"multipleOf": 0}), "there is no use for that value of multipleOf"),
        (with_run(_a={}), "doesn't begin with _"),
        ({**with_run(a={}), "required": ["b"]}, "b is required, but no property"),
        (with_run(a={"type": "string", "properties": {}}), "properties are of a mapping"),
        (
            {"properties": {}, "additionalProperties": {"type": "string"}},
            "additionalProperties beside properties is true or false",
        ),
        (
            with_run(a={"type": "array", "items": with_run(b={"minimum": 1})}),
            "mappings in items can have no limits, only types",
        ),
        (
            {**with_run(a={"$ref": "#/$defs/b"}), "$defs": {"b": {"items": {"$ref": "#/$defs/b"}}}},
            "#/$defs/b leads to no schema in $defs, or back to itself",
        ),
    ],
)
def test_a_schema_that_cant_be_used_is_told_with_its_place(library, schema, reason):
    with using([library(schema)]), pytest.raises(LibraryError) as refused:
        compose([])
    assert reason in str(refused.value)
    assert refused.value.origin.file.endswith("mine.yaml")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{}", "it has no model and no schema"),
        ("{model: 'a:B', schema: {properties: {}}}", "it has a model and a schema"),
    ],
)
def test_a_family_has_a_model_or_a_schema(tmp_path, entry, reason):
    files = {"config": CONFIG, "rules/mine": f"families: {{mine: {entry}}}\n"}
    with using([write_library(tmp_path / "mine", files)]), pytest.raises(LibraryError) as refused:
        compose([])
    assert reason in str(refused.value)


def test_the_id_of_a_limit_of_its_may_be_taken(tmp_path):
    rules = {
        "limits": {"mine.run.layers": {"because": "x", "keys": {"layers": {"maximum": 3}}}},
        "families": {"mine": {"schema": SCHEMA}},
    }
    files = {"config": CONFIG, "rules/mine": yaml.safe_dump(rules, sort_keys=False)}
    with using([write_library(tmp_path / "mine", files)]), pytest.raises(LibraryError) as refused:
        compose([])
    assert "the id is taken" in str(refused.value)
