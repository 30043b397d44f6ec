"""JSON Schema: as strict as check on single keys, and never stricter."""

import copy
import json
import re
import subprocess
import sys
from functools import cache

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validators

from hydra_recipes import Recipe, check, compose
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.schema import recipe_schema
from hydra_recipes.sources.active import active_libraries, using
from support.nested_trees import nested
from support.team_libraries import write_library

BASES = (
    (),
    ("peft=full", "hardware=g5-48x"),
    ("model=nova-pro", "platform=training-job"),
    ("model=nova-2-lite",),
    ("model=nova-2-lite", "peft=full"),
    ("+preset=quickstart_sft",),
)


def _pattern(_, pattern, instance, __):
    """The keyword as the standard has it; jsonschema lets ``$`` match before a last line break."""
    if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})


@cache
def case(overrides, mount=False):
    """A recipe, and a validator for its schema."""
    recipe = compose(overrides)
    schema = recipe_schema(rule_book(active_libraries()), recipe.choices, mount=mount)
    return recipe, Validator(schema)


def errors_of(recipe, tree):
    """What check calls an error in a tree composed from the same choices."""
    findings = check(Recipe(recipe.choices, (), tree)).findings
    return [finding for finding in findings if finding.severity == "error"]


def paths(tree, at=()):
    for key, value in tree.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from paths(value, (*at, key))


def parent_of(tree, path):
    for key in path[:-1]:
        tree = tree[key]
    return tree


@pytest.mark.parametrize("overrides", BASES)
def test_the_schema_is_valid_and_so_is_the_recipe(overrides):
    recipe, validator = case(overrides)
    Draft202012Validator.check_schema(validator.schema)
    assert validator.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(validator.schema)) == validator.schema
    for links in ("resolved", "relative", "recipes"):
        validator.validate(yaml.safe_load(recipe.to_yaml(links=links)))


@pytest.mark.parametrize("overrides", BASES)
def test_each_key_is_described(overrides):
    recipe, validator = case(overrides)
    for path in paths(recipe.tree):
        node = validator.schema
        for key in path:
            node = node.get("else", node)["properties"][key]
        assert node["description"], path


def test_the_title_names_the_choices_but_no_derived_group():
    title = case(())[1].schema["title"]
    assert "model=nova-micro" in title
    assert "peft=lora" in title
    assert "fleet" not in title


@pytest.mark.parametrize("overrides", BASES)
@pytest.mark.parametrize("text", ["${a.b}", "n-${..x}", "$<run.replicas>", "\\\\${a}", "???"])
def test_a_link_stands_for_any_value(overrides, text):
    recipe, validator = case(overrides)
    for path in paths(recipe.tree):
        tree = recipe.resolved()
        parent_of(tree, path)[path[-1]] = text
        validator.validate(tree)


def test_a_link_stands_for_an_item_of_a_list():
    recipe, validator = case(())
    tree = recipe.resolved()
    tree["training_config"]["model"]["optim"]["betas"] = ["${a}", 0.9]
    validator.validate(tree)
    tree["training_config"]["model"]["optim"]["betas"] = ["a", 0.9]
    assert not validator.is_valid(tree)


def test_a_plain_dollar_brace_is_text_not_a_link():
    recipe, validator = case(())
    tree = recipe.resolved()
    tree["run"]["name"] = "\\${a}"
    assert not validator.is_valid(tree)
    assert errors_of(recipe, tree)


KEYS = st.sampled_from(["lr", "max_steps", "name", "lora_tuning", "trainer", "replicas", "nothing"])
NUMBERS = (
    st.integers(-2, 200)
    | st.sampled_from([1024, 4096, 8192, 32768, 65536, 65537, 100000, 100001])
    | st.floats(-2, 200)
    | st.sampled_from([0.0, 1e-7, 1e-6, 1e-5, 1e-3, 0.2, 0.5, 1.0, 1.5, 16.0])
)
TEXTS = st.text(max_size=10) | st.sampled_from(
    [
        "lora",
        "null",
        "nova-micro/prod",
        "s3://my-bucket/job/outputs/checkpoints",
        "s3://my-bucket/train.jsonl",
        "s3://my-bucket/out",
        "s3://customer-escrow-1/out",
        "distributed_fused_adam",
        "my-run",
        "my-run\n",
        "-run",
        "4",
        "${run.replicas}",
        "???",
    ]
)
VALUES = (
    st.none()
    | st.booleans()
    | NUMBERS
    | TEXTS
    | st.lists(NUMBERS | TEXTS, max_size=3)
    | st.dictionaries(KEYS, NUMBERS, max_size=2)
)


@st.composite
def edits(draw, tree):
    """A tree with one to three keys changed, deleted or added."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(paths(tree), key=str)))
        holder = parent_of(tree, path)
        change = draw(st.sampled_from(["set", "set", "set", "delete", "add"]))
        if change == "set":
            holder[path[-1]] = draw(VALUES)
        elif change == "delete":
            del holder[path[-1]]
        else:
            holder[draw(KEYS)] = draw(VALUES)
        if not tree:
            break
    return tree


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_the_schema_agrees_with_check(data):
    recipe, validator = case(data.draw(st.sampled_from(BASES)))
    tree = data.draw(edits(recipe.resolved()))
    errors = errors_of(recipe, tree)
    mounted = case(recipe.overrides, mount=True)[1]
    assert mounted.is_valid({"recipes": tree}) == validator.is_valid(tree)
    if not validator.is_valid(tree):
        assert errors
    elif "${" in json.dumps(tree):
        return  # where a link leads is beyond a schema
    elif [error for error in errors if error.kind in ("limit", "forbidden-key", "missing-key")]:
        pytest.fail(f"the schema accepts what breaks {errors[0].rule}: {errors[0].message}")


def test_every_limit_of_the_book_is_in_a_schema():
    """The property above would pass by an empty schema and no luck."""
    recipe, validator = case(())
    for key, wrong in [
        ("run.replicas", 3),
        ("run.name", "-x"),
        ("run.model_type", "other"),
        ("run.output_s3_path", "s3://escrow/x"),
        ("training_config.max_length", 1000),
        ("training_config.model.optim.lr", 0),
        ("training_config.model.optim.betas", [0.9]),
        ("training_config.model.optim.betas", [0.9, 2]),
        ("training_config.model.peft.peft_scheme", None),
        ("training_config.trainer", {}),
        ("training_config.trainer", {"max_epochs": -1}),
    ]:
        tree = recipe.resolved()
        path = key.split(".")
        parent_of(tree, path)[path[-1]] = wrong
        assert not validator.is_valid(tree), key
        assert errors_of(recipe, tree), key


@pytest.mark.parametrize("name", ["my-run\n", "0\n"])
def test_a_pattern_ends_where_the_text_ends(name):
    recipe, validator = case(())
    tree = recipe.resolved()
    tree["run"]["name"] = name
    assert not validator.is_valid(tree)
    assert errors_of(recipe, tree)


def test_rules_it_cannot_say_are_named():
    assert "min_lr < lr" in case(())[1].schema["$comment"]


@pytest.fixture
def check_jsonschema(tmp_path):
    """Runs check-jsonschema over a recipe."""

    def run(overrides, text):
        schema = tmp_path / "schema.json"
        schema.write_text(json.dumps(case(tuple(overrides))[1].schema))
        instance = tmp_path / "recipe.yaml"
        instance.write_text(text)
        words = ["--schemafile", str(schema), str(instance)]
        return subprocess.run(
            [sys.executable, "-m", "check_jsonschema", *words],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_check_jsonschema_takes_the_quick_start_with_its_links(check_jsonschema):
    quickstart = "+preset=quickstart_sft"
    done = check_jsonschema([quickstart], compose([quickstart]).to_yaml(links="recipes"))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("model", ["nova-micro", "nova-2-lite"])
def test_check_jsonschema_rejects_a_wrong_replica_count(check_jsonschema, model):
    overrides = [f"model={model}"]
    done = check_jsonschema(overrides, compose(overrides).to_yaml())
    assert done.returncode == 0, done.stdout
    done = check_jsonschema(overrides, compose([*overrides, "run.replicas=3"]).to_yaml())
    assert done.returncode == 1
    assert "$.run.replicas" in done.stdout


def test_each_published_recipe_validates_and_one_with_wrong_replicas_does_not(published):
    for entry in published:
        choices = entry["choices"]
        for hardware in choices["hardware"]:
            overrides = (f"model={choices['model']}", f"peft={choices['peft']}")
            validator = case((*overrides, f"hardware={hardware}"))[1]
            tree = nested(entry["values"])
            validator.validate(tree)
            tree["run"]["replicas"] = 3
            assert not validator.is_valid(tree)


def test_check_jsonschema_takes_a_published_recipe_and_not_one_with_wrong_replicas(
    published, check_jsonschema
):
    for entry in published[::6]:
        choices = entry["choices"]
        overrides = [f"model={choices['model']}", f"peft={choices['peft']}"]
        overrides.append(f"hardware={choices['hardware'][0]}")
        tree = nested(entry["values"])
        done = check_jsonschema(overrides, json.dumps(tree))
        assert done.returncode == 0, done.stdout
        tree["run"]["replicas"] = 3
        assert check_jsonschema(overrides, json.dumps(tree)).returncode == 1


def test_choices_that_are_not_offered_have_no_schema(recipe):
    ran = recipe("schema", "model=nova-pro", "hardware=g5-12x")
    assert (ran.status, ran.out) == (1, "")
    assert "is not offered; offered with model=nova-pro: hardware=p5, p5en" in ran.err


def test_the_schema_is_json_whether_it_is_asked_for_or_not(recipe):
    assert recipe("schema", "--json").out == recipe("schema").out


@pytest.mark.parametrize("overrides", BASES)
def test_each_key_has_a_title_that_names_it_and_says_what_it_may_be(overrides):
    recipe, validator = case(overrides)
    for path in paths(recipe.tree):
        node = validator.schema
        for key in path:
            node = node.get("else", node)["properties"][key]
        assert node["title"] == ".".join(path)
    run = validator.schema["properties"]["run"]["else"]["properties"]
    (allowed,) = {
        text
        for text in run["replicas"]["description"].split("; ")
        if re.fullmatch(r"[\d, ]+ or \d+|1", text)
    }
    assert run["replicas"]["description"].startswith("number of instances")
    assert allowed


def test_values_stand_where_an_editor_looks_for_them():
    for overrides in BASES:
        run = case(overrides)[1].schema["properties"]["run"]["else"]["properties"]
        value, link = run["replicas"]["anyOf"]
        assert value.keys() & {"enum", "const"}
        assert link["$ref"] == "#/$defs/link"


def test_required_never_stands_beside_properties():
    """An editor would make an object of the two."""

    def nodes(node):
        if isinstance(node, dict):
            yield node
        for item in node.values() if isinstance(node, dict) else node:
            if isinstance(item, dict | list):
                yield from nodes(item)

    for overrides in BASES:
        schema = case(overrides)[1].schema
        assert [n for n in nodes(schema) if n.keys() >= {"required", "properties"}] == []


@pytest.mark.parametrize("overrides", BASES)
def test_mounted_it_takes_the_recipe_under_recipes_and_nowhere_else(overrides):
    recipe, validator = case(overrides)
    mounted = case(overrides, mount=True)[1]
    Draft202012Validator.check_schema(mounted.schema)
    for links in ("resolved", "relative", "recipes"):
        tree = yaml.safe_load(recipe.to_yaml(links=links))
        mounted.validate({"recipes": tree})
        mounted.validate({"recipes": tree, "label": "beside"})
        assert not mounted.is_valid(tree)
        assert not validator.is_valid({"recipes": tree})
    tree = recipe.resolved()
    tree["run"]["replicas"] = 5
    assert not mounted.is_valid({"recipes": tree})
    assert not mounted.is_valid({"recipes": "${x}"})


def limited(here, text, *overrides):
    """A validator for the schema of recipes with more limits."""
    rules = here / "team" / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / "team.yaml").write_text(f"limits:\n{text}")
    with using([str(here / "team")]):
        recipe = compose(overrides)
        return recipe, Draft202012Validator(
            recipe_schema(rule_book(active_libraries()), recipe.choices)
        )


def replicas_in(validator):
    node = validator.schema["properties"]["run"]["else"]["properties"]["replicas"]
    return node["anyOf"][0]


WHY = "because: We said so."


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ("{maximum: 8}", {"enum": [4, 8]}),
        ("{enum: [8, 16, 7]}", {"enum": [8, 16]}),
        ("{const: 8}", {"const": 8}),
        ("{not: {const: 16}}", {"enum": [4, 8, 32]}),
        ("{anyOf: [{minimum: 16}, {const: 4}]}", {"enum": [4, 16, 32]}),
        ("{description: anything, minimum: 5}", {"enum": [8, 16, 32]}),
    ],
)
def test_of_listed_values_those_that_every_limit_allows_are_left(tmp_path, keys, left):
    text = f"  ours: {{keys: {{run.replicas: {keys}}}, {WHY}}}\n"
    _, validator = limited(tmp_path, text, "model=nova-lite")
    assert replicas_in(validator) == {"title": "run.replicas", **left}


def test_limits_that_no_value_satisfies_are_said_all_the_same(tmp_path):
    text = f"  ours: {{keys: {{run.replicas: {{maximum: 3}}}}, {WHY}}}\n"
    recipe, validator = limited(tmp_path, text, "model=nova-lite")
    for count in (1, 3, 4, 8):
        tree = recipe.resolved()
        tree["run"]["replicas"] = count
        assert not validator.is_valid(tree)
    tree["run"]["replicas"] = "${x}"
    validator.validate(tree)


@pytest.mark.parametrize("order", [1, -1])
def test_a_key_that_must_go_may_have_other_limits(tmp_path, order):
    limits = (
        f"  a: {{keys: {{lora_tuning: false}}, {WHY}}}\n",
        f"  b: {{keys: {{alpha: {{maximum: 64}}}}, {WHY}}}\n",
        f"  c: {{keys: {{loraplus_lr_ratio: false}}, {WHY}}}\n",
    )
    recipe, validator = limited(tmp_path, "".join(limits[::order]), "model=nova-lite", "peft=full")
    validator.validate(recipe.resolved())
    tree = recipe.resolved()
    tree["training_config"]["model"]["peft"]["lora_tuning"] = {"alpha": 32}
    assert not validator.is_valid(tree)


OPTIONAL = """\
from typing import Literal

from pydantic import BaseModel, Field


class Tuning(BaseModel):
    alpha: int = Field(description="scale of the adapters")
    kind: Literal["a", "b", "c"] | None = None


class Shape(BaseModel):
    tuning: Tuning | None = Field(None, description="adapters, if there are any")
    cores: int = Field(1, ge=1, description="how many cores it takes")
"""
FILES = {
    "config": "defaults:\n  - method: probe\n  - _self_\n",
    "method/probe": "# @package recipes\n# A probe.\ntuning: {alpha: 2, kind: a}\ncores: 2\n",
    "rules/acme": "shadows: [config]\nfamilies:\n"
    "  probe: {when: {method: probe}, model: 'acme_optional:Shape'}\n"
    "offers:\n  - {method: probe}\n"
    "limits:\n"
    "  alpha: {keys: {tuning.alpha: {enum: [1, 2, 4]}}, because: Three.}\n"
    "  kind: {keys: {kind: {enum: [a, b, d]}}, because: Two.}\n"
    "  cores: {keys: {cores: {maximum: 4}}, because: Four.}\n",
}


def test_a_section_of_a_team_may_be_null_and_its_keys_have_limits(tmp_path, monkeypatch):
    (tmp_path / "acme_optional.py").write_text(OPTIONAL)
    monkeypatch.syspath_prepend(tmp_path)
    write_library(tmp_path / "acme", FILES)
    with using([str(tmp_path / "acme")]):
        recipe = compose()
        schema = recipe_schema(rule_book(active_libraries()), recipe.choices)
    validator = Draft202012Validator(schema)
    Draft202012Validator.check_schema(schema)
    for good in ({}, {"tuning": None}, {"tuning": {"alpha": 4}}, {"tuning": "${x}"}, {"cores": 4}):
        validator.validate(good)
    validator.validate({"tuning": {"alpha": "${x}"}, "cores": "???"})
    validator.validate({"tuning": {"alpha": 1, "kind": "b"}})
    for bad in (
        {"tuning": 1},
        {"tuning": {"alpha": 3}},
        {"tuning": {}},
        {"tuning": {"alpha": 1, "kind": "c"}},
        {"tuning": {"alpha": 1, "kind": "d"}},
        {"cores": 5},
        {"cores": 0},
    ):
        assert not validator.is_valid(bad), bad
