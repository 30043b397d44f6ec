"""Validity: ``check`` agrees with an oracle that was written apart from the rules files."""

import copy
import itertools
import math
import random

import pytest

from hydra_recipes import Recipe, check, compose
from support.nested_trees import nested
from support.oracle import OFFERED, SHAPE_1, SHAPE_2, verdict, verdict_unknown

GROUPS = ("model", "peft", "hardware", "platform")
PLATFORMS = ("hyperpod", "training-job")
S3 = [
    "",
    "s3://acme-data/train.jsonl",
    "s3://acme-data/out/",
    "s3://acme-data/a b/train.jsonl",
    "s3://acme-data/train.json",
    "s3://acme-data/",
    "s3://acme-data",
    "s3://ab/train.jsonl",
    "s3://abc/train.jsonl",
    f"s3://{'a' * 63}/train.jsonl",
    f"s3://{'a' * 64}/train.jsonl",
    "s3://Acme/train.jsonl",
    "s3://-acme/train.jsonl",
    "s3://acme-/train.jsonl",
    "s3://customer-escrow-1/train.jsonl",
    "s3://jumpstart-cache-prod/train.jsonl",
    "s3://my-jumpstart-copy/train.jsonl",
    "s3://acme-data/train.jsonl\n",
    "/local/train.jsonl",
    "https://acme-data/train.jsonl",
    "s3://my-bucket-name/train.jsonl",
    "s3://my-bucket-name-2/train.jsonl",
    "s3://example-bucket",
    "s3://escrow_bucket/outputs/",
    "s3://<bucket>/<data file>",
    "s3://acme-data/<run>/train.jsonl",
    "s3://acme-data/a.jsonl or s3://acme-data/b.jsonl",
    "s3://acme-data/for-all/train.jsonl",
]
STEPS = [-1, 0, 1, 2, 3, 4, 5, 14, 15, 16, 20, 21, 99, 100, 101, 666, 667, 99_999, 100_000, 100_001]
SHARE = [-0.001, 0, 0.0, 1e-9, 0.1, 0.1001, 0.2, 0.2001, 0.5, 1, 1.0, 1.0001, 2]
RATES = [
    -1e-6,
    0,
    1e-9,
    9.9e-8,
    1e-7,
    9.99e-7,
    1e-6,
    1e-5,
    1e-4,
    1.001e-4,
    1e-3,
    1.001e-3,
    0.5,
    1,
    1.001,
]
VALUES = {
    "name": [
        "a",
        "my-run",
        "My-Run",
        "-run",
        "run-",
        "my_run",
        "",
        "a" * 34,
        "a" * 35,
        "run\n",
        "<run>",
        "a or b",
    ],
    "model_type": ["amazon.nova-micro-v1:0:128k", "amazon.nova-lite-v1:0:300k", "nova", ""],
    "model_name_or_path": [
        "nova-micro/prod",
        "nova-lite/prod",
        "nova-pro/prod",
        "nova-lite-2/prod",
        "s3://escrow-bucket/job-1/outputs/checkpoints",
        "s3://escrow-bucket/job-1/outputs/checkpoints/",
        "s3://escrow-bucket/outputs/checkpoints",
        "s3://escrow-bucket/job-1/outputs",
        "s3://escrow-bucket/job-1/outputs/checkpoints/step_10",
        "s3://customer-escrow-111111111111-smtj-4a214be3/train-2026-01-02/step_10",
        *("s3://escrow-bucket", "s3://escrow-bucket/", "s3:/escrow-bucket/job", "S3://b/job"),
        *("nova-micro/pretraining-text-partial", "nova-micro/pretraining-mm-full"),
        *("nova-lite/pretraining-text-full", "nova-lite/pretraining-mm-full"),
        *("nova-pro/pretraining-mm-full", "nova-pro/pretraining-text-RD"),
        *("nova-lite-2/pretraining-text-RD", "nova-lite-2/pretraining-text-CE"),
        "s3://escrow_bucket/model_location or nova-lite/prod",
        "s3://<escrow bucket>/<job id>/outputs/checkpoints",
    ],
    "replicas": [-1, 0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64],
    "data_s3_path": S3,
    "validation_data_s3_path": S3,
    "output_s3_path": S3,
    "validation_data_s3_path_list": [
        {},
        {"a": "s3://acme-data/a.jsonl"},
        {"a": "s3://acme-data/a.jsonl", "b": "s3://my-bucket-name/b.jsonl"},
        {"a": "s3://<bucket>/b.jsonl", "b": "???"},
        {"a": 1, "b": {"c": "s3://<bucket>/b.jsonl"}},
    ],
    "mlflow_tracking_uri": [
        "",
        "arn:aws:sagemaker:us-east-1:1:mlflow-tracking-server/x",
        "arn:aws:sagemaker:<region>:<account>:mlflow-tracking-server/x",
    ],
    "mlflow_experiment_name": ["", "x", "<experiment>"],
    "mlflow_run_name": ["", "x"],
    "max_length": [
        *(0, 1, 1023, 1024, 1025, 2048, 4096, 4097, 5120, 8192, 9216, 16384, 32768, 33792),
        *(65535, 65536, 66560, 131072, -1024),
    ],
    "global_batch_size": [0, 1, 7, 8, 16, 17, 32, 63, 64, 128, 256],
    "max_epochs": [-2, -1, 0, 1, 2, 3, 4, 5, 6],
    "max_steps": STEPS,
    "save_steps": [*STEPS, 10**20],
    "save_top_k": [-1, 0, 1, 5],
    "val_check_interval": STEPS,
    "limit_val_batches": STEPS,
    "warmup_steps": STEPS,
    "constant_steps": [-1, 0, 1, 100],
    "lr": RATES,
    "min_lr": RATES,
    "eps": [-1e-8, 0, 1e-12, 1e-10, 1e-6, 1e-5],
    "num_nodes": [1, 2, 4, 6],
    "create_wandb_logger": [True, False],
    "data_mixing": [
        {},
        {"dataset_catalog": "chat", "sources": {"customer_data": {"percent": 75}}},
        {"sources": {"customer_data": {"percent": 101}, "nova_data": {"chat": 60, "code": 40}}},
        {"sources": {"nova_data": {"chat": 60, "code": 41}}},
        {"sources": {"nova_data": {"chat": "60"}, "other": {}}},
    ],
    "percent": [-1, 0, 50, 100, 100.5],
    "nova_data": [
        {},
        {"chat": 100},
        {"chat": 33.3, "code": 33.3, "math": 33.4},
        {"chat": 33.3, "code": 33.3, "math": 33.3},
        {"chat": 120, "code": -20},
        {"chat": 60, "code": "???"},
        {"chat": 60, "code": None},
    ],
    "instance_types": [[], ["ml.p5.48xlarge"], ["ml.p5.48xlarge", 1]],
    "skip_recipe_validation": [True, False],
    "betas": [[], [0.9], [0.9, 0.999], [0, 1], [0.9, 1.1], [-0.1, 0.9], [0.9, 0.99, 0.999]],
    "peft_scheme": ["lora", None, "null", "full", ""],
    "alpha": [0, 31, 32, 64, 96, 100, 128, 160, 192, 193, 224],
    "loraplus_lr_ratio": [-1, 0, 0.9, 1, 16.0, 70, 70.5, 100, 100.1],
    "lora_plus_lr_ratio": [-1, 0, 0.9, 1, 16.0, 70, 70.5, 100, 100.1],
    "reasoning_enabled": [True, False],
    "lora_tuning": [
        {"loraplus_lr_ratio": 16.0, "alpha": 128, "adapter_dropout": 0.01},
        {"alpha": 64, "lora_plus_lr_ratio": 64.0},
        {"adaptor_dropout": 0.01},
        {"alpha": "???"},
        {},
    ],
    **dict.fromkeys(
        [
            *("hidden_dropout", "attention_dropout", "ffn_dropout", "adapter_dropout"),
            *("weight_decay", "adam_beta1", "adam_beta2", "fine_tuned_model"),
        ],
        SHARE,
    ),
}
WRONG = [
    *(None, True, False, "4", "", "???", "text", 4.0, 0.5, -1, 0, 1, [], {}, {"a": 1}, [1, 2]),
    *(math.nan, math.inf, -math.inf, 10**20, ["x", 0.9], [True, 0.9], [0.9, math.nan]),
    ["???", 0.9],
]
EVERYWHERE = ("replicas", "max_length")
UNKNOWN = ["lrate", "max_length_", "Name", "adaptor_dropout"]


def places(tree):
    """Every mapping and key of a tree, as (mapping, key)."""
    for key, value in tree.items():
        yield tree, key
        if isinstance(value, dict):
            yield from places(value)


def gaps(tree, shape):
    """Every mapping of a tree and key that it may have and hasn't, as (mapping, key)."""
    for key, (what, _) in shape.items():
        if key not in tree:
            yield tree, key
        elif isinstance(what, dict) and isinstance(tree[key], dict):
            yield from gaps(tree[key], what)


def edit(tree, shape, rng):
    """Changes one thing: a value to one near a limit or of a wrong type, or what keys there are."""
    node, key = rng.choice(list(places(tree)) or [(tree, "run")])
    roll = rng.random()
    if roll < 0.70:
        node[key] = copy.deepcopy(rng.choice(VALUES.get(key, WRONG)))
    elif roll < 0.80:
        node[key] = copy.deepcopy(rng.choice(WRONG))
    elif roll < 0.86:
        node.pop(key, None)
    elif roll < 0.96:
        node, key = rng.choice(list(gaps(tree, shape)) or [(tree, "run")])
        node[key] = copy.deepcopy(rng.choice(VALUES.get(key, WRONG)))
    else:
        node[rng.choice(UNKNOWN)] = copy.deepcopy(rng.choice(WRONG))


def said(report):
    return {(finding.severity, finding.key) for finding in report.findings}


def recipe_of(choices, tree):
    second = choices["model"] == "nova-2-lite"
    derived = {
        "method": "sft",
        "generation": "nova-2" if second else "nova-1",
        "optimizer": "adam" if second else "distributed_fused_adam",
    }
    return Recipe({**derived, **choices}, (), tree)


def edited(trees, count, seed):
    """Random edits of recipes: choices and tree. The recipes are given by model and peft."""
    rng = random.Random(seed)
    for _ in range(count):
        (model, peft), tree = rng.choice(trees)
        tree = copy.deepcopy(tree)
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 5))):
            edit(tree, SHAPE_2 if model == "nova-2-lite" else SHAPE_1, rng)
        here = rng.choice(OFFERED[model, peft]), rng.choice(PLATFORMS)
        yield dict(zip(GROUPS, (model, peft, *here), strict=True)), tree


def at_every_limit(trees):
    """Each value near a limit, one at a time: choices and tree.

    Where limits depend on hardware and platform, with each of them; elsewhere they take turns.
    """
    turns = itertools.count()
    for (model, peft), original in trees:
        tree = copy.deepcopy(original)
        everywhere = list(itertools.product(OFFERED[model, peft], PLATFORMS))
        for node, key in [*places(tree), *gaps(tree, SHAPE_2 if "2" in model else SHAPE_1)]:
            for value in VALUES.get(key, ()):
                before = dict(node)
                node[key] = value
                here = everywhere[next(turns) % len(everywhere)]
                for hardware, platform in everywhere if key in EVERYWHERE else [here]:
                    yield dict(zip(GROUPS, (model, peft, hardware, platform), strict=True)), tree
                node.clear()
                node.update(before)


def disagreements(cases):
    """Where ``check`` and the oracle differ about recipes whose choices are known."""
    for choices, tree in cases:
        found, wanted = said(check(recipe_of(choices, tree))), verdict(choices, tree)
        if found != wanted:
            yield choices, copy.deepcopy(tree), {"check": found - wanted, "oracle": wanted - found}


def disagreements_unknown(cases):
    """The same about plain trees, whose choices have to be told from what they say."""
    for _, tree in cases:
        found, wanted = said(check(tree)), verdict_unknown(tree)
        if ("error", None) in wanted:
            # No choice fits: that, or what is amiss under the choice that fits best.
            wanted -= {("error", None)}
            more = found - wanted
            agree = wanted <= found and more and all(severity == "error" for severity, _ in more)
        else:
            agree = found == wanted
        if not agree:
            yield tree, {"check": found - wanted, "oracle": wanted - found}


def written_out(values):
    """A published recipe's values by whole key as a tree; its one link written out."""
    link = "${oc.select:training_config.max_steps}"
    return nested(
        {k: values["training_config.max_steps"] if v == link else v for k, v in values.items()}
    )


@pytest.fixture(scope="module")
def composed():
    """Our own recipes: (model, peft) and tree."""
    pairs = [((model, peft), [f"model={model}", f"peft={peft}"]) for model, peft in OFFERED]
    # A run so long that its steps don't keep warm-up and saving short.
    pairs.append((("nova-2-lite", "full"), ["model=nova-2-lite", "peft=full", "max_steps=1000"]))
    presets = [
        (("nova-micro", "full"), ["+preset=quickstart_sft"]),
        (("nova-lite", "full"), ["+preset=complete_sft"]),
        (("nova-lite", "lora"), ["+preset=complete_lora"]),
    ]
    return [(pair, compose(overrides).resolved()) for pair, overrides in (*pairs, *presets)]


def test_check_and_the_oracle_agree_at_every_limit(composed):
    assert next(disagreements(at_every_limit(composed[: len(OFFERED) + 1])), None) is None


def test_check_and_the_oracle_agree_on_edits_of_composed_recipes(composed):
    assert next(disagreements(edited(composed, 1_000, seed=1)), None) is None


def test_check_and_the_oracle_agree_on_edits_of_published_recipes(published):
    trees = [
        ((entry["choices"]["model"], entry["choices"]["peft"]), written_out(entry["values"]))
        for entry in published
    ]
    assert next(disagreements(edited(trees, 1_000, seed=2)), None) is None


def test_check_and_the_oracle_agree_where_only_the_recipe_tells_its_choices(composed):
    assert next(disagreements_unknown(edited(composed, 300, seed=3)), None) is None


@pytest.mark.parametrize("model", sorted({model for model, _ in OFFERED}))
@pytest.mark.parametrize("peft", ["lora", "full"])
@pytest.mark.parametrize("hardware", OFFERED["nova-micro", "lora"])
def test_what_is_offered_is_what_the_oracle_says_is_offered(model, peft, hardware):
    report = check(compose([f"model={model}", f"peft={peft}", f"hardware={hardware}"]))
    told = [finding.kind for finding in report.findings if finding.kind == "not-offered"]
    offered = hardware in OFFERED[model, peft]
    assert told == ([] if offered else ["not-offered"])
    assert report.valid is offered
