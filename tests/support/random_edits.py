"""Edits of recipes, for laws of validity: values near a limit or of a wrong type, keys or none."""

import copy
import math

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


def edit(tree, shape, rng, values=VALUES):
    """Changes one thing: a value to one near a limit or of a wrong type, or what keys there are."""
    node, key = rng.choice(list(places(tree)) or [(tree, "run")])
    roll = rng.random()
    if roll < 0.70:
        node[key] = copy.deepcopy(rng.choice(values.get(key, WRONG)))
    elif roll < 0.80:
        node[key] = copy.deepcopy(rng.choice(WRONG))
    elif roll < 0.86:
        node.pop(key, None)
    elif roll < 0.96:
        node, key = rng.choice(list(gaps(tree, shape)) or [(tree, "run")])
        node[key] = copy.deepcopy(rng.choice(values.get(key, WRONG)))
    else:
        node[rng.choice(UNKNOWN)] = copy.deepcopy(rng.choice(WRONG))
