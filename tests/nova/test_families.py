"""The families of Nova: the published recipes have their shapes, and nothing else has."""

import types
import typing

import pytest
from pydantic import BaseModel, ValidationError

from hydra_recipes.rules import families
from hydra_recipes.tree import in_order
from support.nested_trees import nested
from support.published_recipes import whole_family

pytestmark = pytest.mark.quick

# The family of each method, by what else decides it: the generation, or the platform.
PLACE = "hydra_recipes.families."
FAMILIES = {
    ("sft", "nova-1"): "nova_1_sft:Nova1Sft",
    ("sft", "nova-2"): "nova_2_sft:Nova2Sft",
    ("dpo", "nova-1"): "nova_1_dpo:Nova1Dpo",
    ("cpt", "nova-1"): "nova_1_cpt:Nova1Cpt",
    ("cpt", "nova-2"): "nova_2_cpt:Nova2Cpt",
    ("ppo", "nova-1"): "ppo:Ppo",
    ("rft", "hyperpod"): "rft:RftHyperpod",
    ("rft", "training-job"): "rft:RftTrainingJob",
    ("distillation", "nova-1"): "distillation:Distillation",
    ("mtrl", "nova-2"): "mtrl:Mtrl",
    ("evaluation", "nova-1"): "evaluation:Evaluation",
    ("evaluation", "nova-2"): "evaluation:Nova2Evaluation",
}
NUMBERS = {"num_nodes": 2, "save_steps": 100}  # where a published recipe has a link to one

# For each family: a key that it must have, one that another method or generation has, and one of
# which the value has another type.
WRONG = {
    "nova_1_dpo:Nova1Dpo": (
        "training_config.model.dpo_cfg.beta",
        ("training_config.data_mixing", {}),
        ("training_config.model.dpo_cfg.beta", "0.1"),
    ),
    "nova_1_cpt:Nova1Cpt": (
        "training_config.model.optim.sched",
        ("training_config.model.peft", {"peft_scheme": None}),
        ("training_config.max_length", 8192.5),
    ),
    "nova_2_cpt:Nova2Cpt": (
        "training_config.task_type",
        ("training_config.model.ffn_dropout", 0.0),
        ("training_config.optim.adam_w_mode", "true"),
    ),
    "ppo:Ppo": (
        "ppo_critic.model.optim",
        ("ppo_reward.model.optim", {}),
        ("run.rm_replicas", True),
    ),
    "rft:RftHyperpod": (
        "training_config.rollout.rollout_strategy",
        ("training_config.trainer.kl_loss_coef", 0.001),
        ("run.generation_replicas", "2"),
    ),
    "rft:RftTrainingJob": (
        "training_config.trainer.peft",
        ("run.generation_replicas", 2),
        ("training_config.rollout.rewards.api_endpoint.lambda_arn", None),
    ),
    "distillation:Distillation": (
        "training_config.teacherModelId",
        ("run.replicas", 1),
        ("training_config.maxNumberOfPrompts", 20000),
    ),
    "mtrl:Mtrl": (
        "batch.val_batch_size",
        ("training_config", {}),
        ("val_metrics_config.pass_k_values", 8),
    ),
    "evaluation:Evaluation": (
        "evaluation.task",
        ("inference.reasoning_effort", None),
        ("inference.top_k", None),
    ),
    "evaluation:Nova2Evaluation": (
        "inference.temperature",
        ("run.validation_data_s3_path", ""),
        ("inference.reasoning_effort", 1),
    ),
}


def model(name):
    return families.model(PLACE + name)


def family_of(choices):
    """The family of a published recipe."""
    method = choices["method"]
    generation = "nova-2" if choices["model"].startswith("nova-2") else "nova-1"
    platform = choices.get("platform", "hyperpod")
    return FAMILIES[method, platform if method == "rft" else generation]


def published():
    """Each published recipe: its id, its family and its tree, numbers where links to some stand."""
    for recipe in whole_family():
        values = {
            key: NUMBERS.get(key.rpartition(".")[2], value) if str(value).startswith("$") else value
            for key, value in recipe["values"].items()
        }
        yield recipe["id"], family_of(recipe["choices"]), nested(values)


def faults(name, tree):
    """What is wrong with a tree: kind and place of each fault."""
    try:
        model(name).model_validate(tree)
    except ValidationError as error:
        return {(fault["type"], ".".join(map(str, fault["loc"]))) for fault in error.errors()}
    return set()


def sample(annotation):
    """A value of a type; of a section, a tree with each key that it must have."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return None
    if typing.get_origin(annotation) is list:
        return [sample(*typing.get_args(annotation))]
    if issubclass(annotation, BaseModel):
        return {
            key: sample(field.annotation)
            for key, field in annotation.model_fields.items()
            if field.is_required()
        }
    return annotation()


def changed(tree, key, value):
    """The tree with a key set, or without it if the value is ``...``."""
    first, _, rest = key.partition(".")
    if rest:
        return {**tree, first: changed(tree[first], rest, value)}
    without = {other: inner for other, inner in tree.items() if other != first}
    return without if value is ... else {**without, first: value}


def test_every_published_recipe_has_the_shape_of_its_family():
    found = [(id_, name, faults(name, tree)) for id_, name, tree in published()]
    assert len(found) == 56
    assert {name for _, name, _ in found} == set(FAMILIES.values())
    assert [fault for fault in found if fault[2]] == []


def test_no_published_recipe_has_the_shape_of_another_family():
    evaluations = {FAMILIES["evaluation", "nova-1"], FAMILIES["evaluation", "nova-2"]}
    for id_, name, tree in published():
        others = set(FAMILIES.values()) - {name}
        if name in evaluations:  # what generation 2 has beside generation 1 may be left out
            others -= evaluations
        assert [other for other in others if not faults(other, tree)] == [], id_


def test_keys_stand_in_the_published_order():
    def listed(tree):
        return [
            (key, listed(inner) if isinstance(inner, dict) else inner)
            for key, inner in tree.items()
        ]

    for id_, name, tree in published():
        assert listed(in_order(tree, families.descriptions(PLACE + name))) == listed(tree), id_


@pytest.mark.parametrize("name", FAMILIES.values())
def test_every_key_says_what_it_means(name):
    said = families.descriptions(PLACE + name)
    assert [path for path, about in said.items() if not about] == []


@pytest.mark.parametrize(("name", "wrong"), WRONG.items())
def test_a_missing_key_an_unknown_one_and_one_of_another_type_are_faults(name, wrong):
    needed, (unknown, extra), (typed, value) = wrong
    tree = sample(model(name))
    assert faults(name, tree) == set()
    assert faults(name, changed(tree, needed, ...)) == {("missing", needed)}
    assert faults(name, changed(tree, unknown, extra)) == {("extra_forbidden", unknown)}
    told = faults(name, changed(tree, typed, value))
    assert {place for _, place in told} == {typed}
    assert {kind for kind, _ in told}.isdisjoint({"missing", "extra_forbidden"})


def test_an_integer_is_a_number_and_a_null_only_where_it_may_be():
    tree = sample(model("mtrl:Mtrl"))
    assert faults("mtrl:Mtrl", changed(tree, "rl.gamma", 1)) == set()
    assert faults("mtrl:Mtrl", changed(tree, "batch.val_batch_size", 8)) == set()
    wrong = changed(tree, "batch.val_group_size", None)
    assert faults("mtrl:Mtrl", wrong) == {("int_type", "batch.val_group_size")}


@pytest.mark.parametrize("effort", [None, "low", "high"])
def test_generation_2_is_evaluated_with_reasoning(effort):
    name = FAMILIES["evaluation", "nova-2"]
    reasoned = changed(sample(model(name)), "inference.reasoning_effort", effort)
    assert faults(name, reasoned) == set()
