"""Recipe: what it hands out, what it is equal to, and its id."""

import copy
import dataclasses
import json
import os
import pickle
import re
import subprocess
import sys

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import hydra_recipes
from hydra_recipes import Recipe, compose
from hydra_recipes.composing.recipe import recipe_id
from hydra_recipes.findings.errors import LinkError


@pytest.fixture(scope="module")
def quickstart():
    return compose(["+preset=quickstart_sft"])


@pytest.fixture(scope="module")
def recipes(quickstart):
    return [compose(), compose(["model=nova-2-lite", "peft=full"]), quickstart]


def leaves(tree, at=()):
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key)


def edited(tree, path, value):
    """A copy of the tree with one leaf changed."""
    out = copy.deepcopy(tree)
    node = out
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return out


def test_it_cannot_be_changed(quickstart):
    with pytest.raises(dataclasses.FrozenInstanceError):
        quickstart.overrides = ()
    with pytest.raises(AttributeError):
        quickstart.choices = {}


def test_what_it_hands_out_are_copies(quickstart):
    before = (quickstart.to_yaml(links="recipes"), quickstart.id, dict(quickstart.choices))
    betas = "training_config.model.optim.betas"
    quickstart.choices["model"] = "other"
    quickstart.set_by["run"] = "other"
    quickstart.tree["run"]["name"] = "other"
    quickstart.tree["training_config"]["model"]["optim"]["betas"].append(1)
    quickstart.resolved()["training_config"]["model"]["optim"]["betas"].append(1)
    quickstart[betas].append(1)
    quickstart["run"]["name"] = "other"
    assert (quickstart.to_yaml(links="recipes"), quickstart.id, quickstart.choices) == before
    assert quickstart.set_by == {}


def test_choices_and_tree_can_be_written_as_json(quickstart):
    assert json.loads(json.dumps(quickstart.choices))["model"] == "nova-micro"
    assert json.loads(quickstart.to_json()) == quickstart.resolved()


def test_a_key_is_read_with_dots_and_links_are_followed(quickstart):
    assert quickstart["run.replicas"] == 2
    assert quickstart["recipes.run.replicas"] == 2
    assert quickstart["training_config.trainer.num_nodes"] == 2
    assert quickstart["training_config.model.optim.betas.1"] == 0.999
    assert quickstart["training_config.model.peft"] == {"peft_scheme": None}
    assert quickstart.tree["training_config"]["replicas"] == "${recipes.run.replicas}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "run.",
        "run.nothing",
        "run.replicas.x",
        "training_config.model.optim.betas.2",
        "nothing",
    ],
)
def test_a_key_that_is_not_there_raises_or_gives_the_default(quickstart, key):
    with pytest.raises(KeyError) as caught:
        quickstart[key]
    assert caught.value.args == (key,)
    assert quickstart.get(key) is None
    assert quickstart.get(key, 7) == 7


def test_get_gives_a_null_not_the_default(quickstart):
    assert quickstart.get("training_config.model.peft.peft_scheme", "other") is None


@pytest.mark.parametrize(
    ("overrides", "kind", "hops"),
    [
        (["run.name=$<run.none>"], "link-missing", ["run.name: ${run.none}"]),
        (
            ["run.name=$<.model_type>", "run.model_type=$<.name>"],
            "link-cycle",
            ["run.name: ${.model_type}", "run.model_type: ${.name}", "run.name: ${.model_type}"],
        ),
        (
            ["run.name=$<.model_type>", "run.model_type=???"],
            "link-unset",
            ["run.name: ${.model_type}"],
        ),
        (["run.name=$<divide_ceil:1,0>"], "link-failed", ["run.name: ${divide_ceil:1,0}"]),
        (["run.name=$<oc.env:HOME>"], "link-environment", []),
    ],
)
def test_a_link_without_a_value_says_so_with_its_hops(overrides, kind, hops):
    recipe = compose(overrides)
    for read in (lambda: recipe["run.name"], lambda: recipe.get("run.name"), recipe.resolved):
        with pytest.raises(LinkError) as caught:
            read()
        assert caught.value.kind == kind
        assert caught.value.detail.key == "run.name"
        assert " -> ".join(hops) in str(caught.value)


def test_the_three_ways_to_write_links_say_the_same_recipe(quickstart):
    key = "training_config", "trainer", "num_nodes"
    wanted = {
        "resolved": 2,
        "relative": "${..replicas}",
        "recipes": "${recipes.training_config.replicas}",
    }
    for links, value in wanted.items():
        tree = yaml.safe_load(quickstart.to_yaml(links=links))
        assert tree[key[0]][key[1]][key[2]] == value
        assert json.loads(quickstart.to_json(links=links)) == tree
    assert yaml.safe_load(quickstart.to_yaml()) == quickstart.resolved()


def test_recipes_are_equal_by_choices_values_and_types_however_asked_for():
    one = compose(["lr=2e-6", "model=nova-lite"])
    other = compose(["model=nova-lite", "training_config.model.optim.lr=0.000002"])
    assert one == other
    assert hash(one) == hash(other)
    assert one != compose(["model=nova-lite"])
    assert compose(["max_epochs=1"]) != compose(["max_epochs=1.0"])
    assert compose(["max_epochs=1"]) != compose(["max_epochs=true"])
    assert compose(["run.replicas=2"]) == compose()
    assert compose(["hardware=p5en"]) != compose()
    assert one != one.tree


def test_it_is_pickled_and_copied_whole(quickstart):
    with_links = compose(["+preset=quickstart_sft", "run.replicas=8"])
    for again in (pickle.loads(pickle.dumps(with_links)), copy.deepcopy(with_links)):
        assert again == with_links
        assert again.id == with_links.id
        assert again.set_by == {("run", "replicas"): "run.replicas=8"}
        assert again["training_config.trainer.num_nodes"] == 8


def test_its_representation_names_choices_and_id():
    recipe = compose(["model=nova-lite"])
    assert "model=nova-lite" in repr(recipe)
    assert recipe.id in repr(recipe)
    assert "\n" not in repr(recipe)


def test_an_id_is_twelve_hexadecimal_digits(recipes):
    for recipe in recipes:
        assert re.fullmatch(r"[0-9a-f]{12}", recipe.id)
    assert len({recipe.id for recipe in recipes}) == len(recipes)


@pytest.mark.parametrize("base", [[], ["model=nova-2-lite"], ["+preset=complete_sft"]])
def test_a_renamed_recipe_keeps_its_id(base):
    recipe = compose(base)
    renamed = compose([*base, "run.name=another-name"])
    assert renamed.id == recipe.id
    assert renamed != recipe


def test_the_id_is_that_of_the_resolved_recipe(recipes):
    for recipe in recipes:
        assert recipe_id(recipe.resolved()) == recipe.id


def test_a_run_name_that_is_another_keys_value_does_not_hide_that_key():
    experiment = "mlflow_experiment_name=my-lora-run"  # the default run name
    assert compose([experiment]).id != compose().id
    assert compose([experiment, "run.name=x"]).id == compose([experiment]).id


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.text(max_size=3) | st.integers(), st.integers(), max_size=3)
)


def exact(value):
    """A value with its types: 1, 1.0 and true are three."""
    return (type(value), repr(value))


@given(data=st.data())
@settings(deadline=None)
def test_the_id_differs_when_any_leaf_but_the_name_differs(recipes, data):
    tree = data.draw(st.sampled_from(recipes)).resolved()
    path = data.draw(st.sampled_from([p for p in leaves(tree) if p != ("run", "name")]))
    value = data.draw(VALUES)
    old = tree
    for key in path:
        old = old[key]
    assume(exact(old) != exact(value))
    assert recipe_id(edited(tree, path, value)) != recipe_id(tree)


@given(data=st.data())
@settings(deadline=None)
def test_the_id_does_not_depend_on_the_order_of_keys(recipes, data):
    def shuffled(node):
        if not isinstance(node, dict):
            return node
        return {key: shuffled(node[key]) for key in data.draw(st.permutations(list(node)))}

    tree = data.draw(st.sampled_from(recipes)).resolved()
    tree["run"]["mixed"] = {1: "a", "1": "b", None: "c"}
    assert recipe_id(shuffled(tree)) == recipe_id(tree)


def test_the_id_does_not_depend_on_the_process():
    code = "from hydra_recipes import compose; print(compose(['model=nova-2-lite']).id)"
    ids = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert ids == {compose(["model=nova-2-lite"]).id}


def test_the_public_names_are_sorted_and_all_there():
    assert hydra_recipes.__all__ == sorted(hydra_recipes.__all__)
    for name in hydra_recipes.__all__:
        assert getattr(hydra_recipes, name).__name__ == name
    assert isinstance(compose(), Recipe)
    with pytest.raises(AttributeError, match="nothing"):
        _ = hydra_recipes.nothing


def test_a_key_may_be_short_as_in_an_override(quickstart):
    assert quickstart["lr"] == quickstart["training_config.model.optim.lr"]
    assert quickstart["optim.betas.0"] == quickstart["recipes.betas.0"] == 0.9
    assert (
        quickstart.get("warmup_steps")
        == quickstart["training_config.model.optim.sched.warmup_steps"]
    )
    assert quickstart.get("nothing", 3) == 3
    with pytest.raises(KeyError, match="nothing"):
        quickstart["nothing"]


@pytest.mark.parametrize("read", [lambda recipe: recipe["name"], lambda recipe: recipe.get("name")])
def test_a_short_key_that_several_keys_end_in_names_them(read):
    with pytest.raises(KeyError, match=r"name could be run\.name or training_config\.model\.optim"):
        read(compose())


def test_a_style_of_links_that_is_not_there_is_refused(quickstart):
    for write in (quickstart.to_yaml, quickstart.to_json):
        with pytest.raises(ValueError, match="links are resolved, relative, recipes, not 'foo'"):
            write(links="foo")


def test_a_short_key_that_several_share_is_the_one_that_all_others_link_to():
    recipe = compose(["+preset=quickstart_sft", "replicas=4"])
    assert recipe.tree["training_config"]["replicas"] == "${recipes.run.replicas}"
    assert (recipe["replicas"], recipe.get("replicas")) == (4, 4)
    assert recipe["run.replicas"] == 4
    apart = compose(["+preset=quickstart_sft", "training_config.replicas=2"])
    with pytest.raises(KeyError, match=r"replicas could be run\.replicas or training"):
        apart["replicas"]
