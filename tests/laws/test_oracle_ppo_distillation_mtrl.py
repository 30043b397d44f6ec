"""Validity of PPO, distillation and multi-turn recipes: ``check`` agrees with an oracle."""

import copy
import itertools
import random

import pytest

from hydra_recipes import Recipe, check, compose
from support.oracle_ppo_distillation_mtrl import TYPES, verdict

METHODS = [
    *(
        ("ppo", model, platform)
        for model in ("nova-micro", "nova-lite", "nova-pro")
        for platform in ("hyperpod", "training-job")
    ),
    *(("distillation", model, "training-job") for model in ("nova-pro", "nova-premier")),
    ("mtrl", "nova-2-lite", "training-job"),
]
SHARE = [-0.001, 0, 0.5, 0.999999, 0.9999991, 1, 1.001, 2, 2.001]
HUNDRED = [-1, 0, 1, 10, 10.001, 11, 29, 30, 31, 100, 101, 1000, 1001]
LENGTHS = [0, 4096, 8192, 16384]
BATCHES = [-32, 0, 1, 32, 40, 64, 80, 160, 256]
COUNTS = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 32, 33, 64, 65]
S3 = ["", "s3://acme/x", "s3://Acme_1/x y", "s3://acme", "s3:/acme/x", "/x", "s3://<b>/x", "a or b"]
NUMBERS = ["0", "-1", "0.7", "1e", "many", "", "\u0663", " 1", "1,000", "5000", "5000.0"]
VALUES = {
    "name": ["a", "My-Run", "-run", "my_run", "", "a" * 34, "a" * 35, "<run>", "a or b", "a\n"],
    "model_type": [model_type for model_type, _ in TYPES.values()],
    "model_name_or_path": [
        *S3,
        "nova-pro/prod",
        "nova-micro/prod",
        "nova-lite/pretraining-mm-full",
    ],
    **dict.fromkeys(("data_s3_path", "output_s3_path", "customer_bucket", "kms_key"), S3),
    "mlflow_tracking_uri": ["", "arn:aws:<region>:x"],
    **dict.fromkeys(("mlflow_experiment_name", "mlflow_run_name"), ("", "a", "<name>")),
    **dict.fromkeys(
        ("actor_train_replicas", "actor_generation_replicas", "trajectory_buffer_scale"), COUNTS
    ),
    **dict.fromkeys(("max_length", "actor_model_max_length"), LENGTHS),
    "global_batch_size": BATCHES,
    "kl_loss_type": ["kl", "mse", "abs", "low_var_kl", "KL", "k1", ""],
    "teacherModelId": [
        "us.amazon.nova-pro-v1:0",
        "eu.amazon.nova-premier-v1:0",
        "amazon.nova-pro-v1:0",
        "nova-pro",
        "xamazon.nova-pro-v1:0",
    ],
    "maxResponseLength": [*NUMBERS, "4999", "5001", "5120", "5121"],
    "maxStudentModelFineTuningContextLengthInTokens": [*NUMBERS, "32000", "64000", "48000"],
    **dict.fromkeys(
        (
            *("maxNumberOfPrompts", "minNumberOfPrompts", "maxInputFileSizeInGB"),
            "maxLineLengthInKB",
        ),
        NUMBERS,
    ),
    "temperature": [*SHARE, *NUMBERS],
    "top_p": [*SHARE, *NUMBERS],
    **dict.fromkeys(
        ("weight_decay", "adam_beta1", "adam_beta2", "clip_low_threshold", "clip_high_threshold"),
        (*SHARE, 10, 10.001),
    ),
    "learning_rate": [-1e-9, 0, 1e-5, 0.01, 0.01001],
    "adam_eps": [0, 9e-17, 1e-16, 1e-8, 0.01, 0.011],
    "lora_rank": [15, 16, 24, 32, 33],
    "lora_alpha": [15, 16, 64, 128, 129],
    "lora_plus_lr_ratio": [0.9, 1, 32, 100, 100.1],
    "loss_fn": ["importance_sampling", "ppo", "cispo", "grpo", ""],
    "advantage_method": ["gpg", "rloo", "opo", "monte_carlo", "grpo_passk", "gae", ""],
    **dict.fromkeys(("training_batch_size", "group_size", "val_group_size"), COUNTS),
    **dict.fromkeys(
        (
            *("max_steps", "epochs", "save_every", "val_every", "grad_clip_norm"),
            *("max_retries", "max_steps_off_policy"),
        ),
        HUNDRED,
    ),
    "max_tokens": [511, 512, 4096, 8192, 8193],
    "max_concurrency": [31, 32, 96, 97],
    "timeout": [299.9, 300, 600.5, 86400, 86401],
}
WRONG = [None, True, 3, 0.5, "text", "3", [], [1], {}, {"a": 1}, "???"]


@pytest.fixture(scope="module")
def composed():
    """A recipe of each method, model and platform, without links."""
    wanted = [
        [f"method={method}", f"model={model}", f"platform={platform}"]
        for method, model, platform in METHODS
    ]
    return [compose(overrides) for overrides in wanted]


def places(tree):
    """Every mapping and key of a tree, as (mapping, key)."""
    for key, value in tree.items():
        yield tree, key
        if isinstance(value, dict):
            yield from places(value)


def edit(tree, rng):
    """Changes one thing: a value to one near a limit or of a wrong type, or what keys there are."""
    node, key = rng.choice(list(places(tree)) or [(tree, "run")])
    roll = rng.random()
    if roll < 0.8:
        node[key] = copy.deepcopy(rng.choice(VALUES.get(key, WRONG)))
    elif roll < 0.9:
        node[key] = copy.deepcopy(rng.choice(WRONG))
    elif roll < 0.97:
        node.pop(key, None)
    else:
        node[rng.choice(["replicas_", "lrate"])] = 1


def disagreement(recipe, tree):
    """What only ``check`` or only the oracle says of an edited recipe."""
    report = check(Recipe(recipe.choices, (), tree))
    found = {(finding.severity, finding.key) for finding in report.findings}
    wanted = verdict(recipe.choices, tree, recipe.resolved())
    return {"check": found - wanted, "oracle": wanted - found}


def test_check_and_the_oracle_agree_at_every_limit(composed):
    for recipe in composed:
        tree = recipe.resolved()
        for node, key in [*places(tree)]:
            for value in VALUES.get(key, ()):
                before, node[key] = node[key], value
                assert not any(disagreement(recipe, tree).values()), (recipe.choices, key, value)
                node[key] = before


def test_check_and_the_oracle_agree_on_random_edits(composed):
    rng = random.Random(4)
    for recipe in itertools.islice(itertools.cycle(composed), 2_000):
        tree = recipe.resolved()
        for _ in range(rng.choice((1, 1, 2, 3, 5))):
            edit(tree, rng)
        assert not any(disagreement(recipe, tree).values()), (recipe.choices, tree)


def test_an_edited_recipe_keeps_its_method_and_model(composed):
    rng = random.Random(5)
    for recipe in itertools.islice(itertools.cycle(composed), 300):
        tree = recipe.resolved()
        evidence = copy.deepcopy(tree["run"]["model_type"])
        for _ in range(3):
            node, key = rng.choice([(n, k) for n, k in places(tree) if not isinstance(n[k], dict)])
            node[key] = copy.deepcopy(rng.choice(VALUES.get(key, WRONG)))
        tree["run"]["model_type"] = evidence
        told = check(tree).choices
        assert told["method"] == recipe.choices["method"], tree
        assert told["model"] == recipe.choices["model"], tree
