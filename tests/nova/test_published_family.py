"""Every published recipe of Nova: composed exactly, valid, recognised, imported to choices only."""

import copy
import random
import re

import pytest
import yaml

from hydra_recipes import check, compose
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.importing.imported import import_file
from support.nested_trees import nested
from support.published_recipes import whole_family
from support.random_edits import WRONG, places

COUNT = 56
each_recipe = pytest.mark.parametrize("number", range(COUNT))
GROUPS = ("method", "model", "peft", "platform", "evaluation")
EVIDENCE = {"model_type", "task_type", "peft_scheme", "task"}
"""Keys whose value tells a choice; elsewhere a key tells it by being there."""
NAMES = ("recipe.yaml", "nova_lite_1_0_p5_gpu_lora_sft.yaml", "mtrl_nova_micro_dpo.yaml")
"""Files' names, which tell nothing."""


@pytest.fixture(scope="module")
def family():
    return whole_family()


@pytest.fixture
def published(family, number):
    """A published recipe: its choices, and its values by key with links as published."""
    return family[number]["choices"], family[number]["values"]


def test_all_of_them_are_there(family):
    assert len(family) == COUNT


def composed(choices):
    """What is composed with each hardware listed, by hardware."""
    chosen = [f"{group}={choices[group]}" for group in GROUPS if group in choices]
    if not choices["hardware"]:
        return {"none": compose(chosen)}
    return {one: compose([*chosen, f"hardware={one}"]) for one in choices["hardware"]}


def target(value):
    """The key that a published value is a link to, or None."""
    found = re.fullmatch(r"\$\{(?:oc\.select:\s*|recipes\.)(.+)\}", str(value))
    return found[1] if found else None


def resolved(values):
    """A published recipe's tree, its links written out."""
    return nested({key: values.get(target(value), value) for key, value in values.items()})


def typed(tree):
    """A tree with the type of each value, as 1, 1.0 and true are equal."""
    if isinstance(tree, dict):
        return {key: typed(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [typed(value) for value in tree]
    return type(tree), tree


@each_recipe
def test_it_is_composed_key_for_key_and_type_for_type_on_all_its_hardware(published):
    choices, values = published
    for recipe in composed(choices).values():
        assert typed(recipe.resolved()) == typed(resolved(values))


@each_recipe
def test_its_links_are_links_of_ours(published):
    choices, values = published
    for recipe in composed(choices).values():
        tree = yaml.safe_load(recipe.to_yaml(links="recipes"))
        for key, value in values.items():
            if key_of_link := target(value):
                node = tree
                for name in key.split("."):
                    node = node[name]
                assert node == f"${{recipes.{key_of_link}}}"


@each_recipe
def test_it_is_valid_as_a_template(published):
    choices, values = published
    for recipe in composed(choices).values():
        assert check(recipe).valid
    assert check(resolved(values)).valid


def told_rightly(tree, choices):
    """Whether the recipe itself tells its choices."""
    told = check(tree).choices
    return {group: told.get(group) for group in GROUPS if group in choices} == {
        group: choices[group] for group in GROUPS if group in choices
    }


@each_recipe
def test_it_is_recognised_without_its_name(published):
    choices, values = published
    assert told_rightly(resolved(values), choices)


@each_recipe
def test_it_is_recognised_with_other_values_where_nothing_tells_a_choice(published, number):
    choices, values = published
    rng = random.Random(number)
    tree = resolved(values)
    for _ in range(8):
        node, key = rng.choice(
            [
                (node, key)
                for node, key in places(tree)
                if key not in EVIDENCE and not isinstance(node[key], dict)
            ]
        )
        node[key] = copy.deepcopy(rng.choice(WRONG))
        assert told_rightly(tree, choices), (key, node[key])


@each_recipe
def test_it_is_imported_to_the_choices_that_it_needs(published, tmp_path, number):
    choices, values = published
    file = tmp_path / NAMES[number % len(NAMES)]
    file.write_text(to_yaml(nested(values)))
    imported = import_file(file)
    assert imported.exact
    assert imported.report.valid
    groups = {text.partition("=")[0] for text in imported.overrides}
    assert groups <= {*GROUPS, "hardware"}
    for text in imported.overrides:
        rest = [other for other in imported.overrides if other != text]
        assert compose(rest).resolved() != resolved(values), text
    for group in GROUPS:
        assert group not in choices or imported.recipe.choices[group] == choices[group]
