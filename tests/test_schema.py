"""JSON Schema: as strict as check on single keys, and never stricter."""

import copy
import json
import subprocess
import sys
from functools import cache

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hydra_recipes import Recipe, check, compose
from hydra_recipes.library import libraries
from hydra_recipes.rules.loading import rule_book
from hydra_recipes.schema import recipe_schema
from trees import nested

BASES = (
    (),
    ("peft=full", "hardware=g5-48x"),
    ("model=nova-pro", "platform=training-job"),
    ("model=nova-2-lite",),
    ("model=nova-2-lite", "peft=full"),
    ("+preset=quickstart_sft",),
)


@cache
def case(overrides):
    """A recipe, and a validator for its schema."""
    recipe = compose(overrides)
    schema = recipe_schema(rule_book(libraries()), recipe.choices)
    return recipe, Draft202012Validator(schema)


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
    assert "is not offered; offered with model=nova-pro peft=lora: hardware=p5, p5en" in ran.err


def test_the_schema_is_json_whether_it_is_asked_for_or_not(recipe):
    assert recipe("schema", "--json").out == recipe("schema").out
