"""An oracle of PPO, distillation and multi-turn recipes, written apart from the rules files.

As ``oracle`` for supervised fine-tuning. The keys of these recipes are always the same, so that a
composed one gives their shape.
"""

import re

from support.oracle import (
    Judge,
    Verdict,
    between,
    checkpoint,
    one_of,
    placeholder,
    starts,
)
from support.oracle_shapes import RUN, may, must

__all__ = ["TYPES", "verdict"]

TYPES = {
    "nova-micro": ("amazon.nova-micro-v1:0:128k", "nova-micro/prod"),
    "nova-lite": ("amazon.nova-lite-v1:0:300k", "nova-lite/prod"),
    "nova-pro": ("amazon.nova-pro-v1:0:300k", "nova-pro/prod"),
    "nova-premier": ("amazon.nova-premier-v1:0:300k", ""),
}
OPTIONAL = {key for key, (_, needed) in RUN.items() if not needed} | {
    *("customer_bucket", "kms_key", "display_name", "recipe_version")
}
REAL = ("ent_coeff", "lam")  # numbers that are written as whole ones
PARTS = ("ppo_reward", "ppo_critic", "ppo_anchor")
REPLICAS = {"nova-micro": (1, 2), "nova-lite": (1, 2, 4), "nova-pro": (3, 6, 12)}

MTRL = {
    "model.learning_rate": between(0, 0.01),
    "model.lora_rank": between(16, 32),
    "model.lora_alpha": between(16, 128),
    "model.lora_plus_lr_ratio": between(1, 100),
    "model.adam_beta1": between(0, 0.999999),
    "model.adam_beta2": between(0, 0.999999),
    "model.adam_eps": between(1e-16, 0.01),
    "model.weight_decay": between(0, 1),
    "model.grad_clip_norm": between(0, 100),
    "rl.loss_fn": one_of("importance_sampling", "ppo", "cispo"),
    "rl.advantage_method": one_of(
        *("group_based", "group_based_per_turn", "monte_carlo", "gpg", "grpo_passk"),
        *("opo", "reinforce_pp", "reinforce_pp_baseline", "rloo"),
    ),
    "rl.clip_low_threshold": between(0, 1),
    "rl.clip_high_threshold": between(1, 10),
    "batch.training_batch_size": one_of(8, 16, 32, 64),
    "batch.group_size": between(2, 32),
    "schedule.max_steps": between(1, 1000),
    "schedule.epochs": between(1, 30),
    "schedule.save_every": between(0, 100),
    "schedule.val_every": between(0, 100),
    "sampling_params.max_tokens": between(512, 8192),
    "sampling_params.temperature": between(0, 2),
    "sampling_params.top_p": between(0, 1),
    "rollout.max_concurrency": between(32, 96),
    "rollout.timeout": between(300, 86400),
    "rollout.max_retries": between(1, 10),
    "async_config.max_steps_off_policy": between(0, 10),
}


def verdict(choices, recipe, like) -> Verdict:
    """What is to be said about a resolved recipe.

    Args:
        choices: method, model and platform.
        recipe: Nested mappings, at the root, without links.
        like: A composed recipe of these choices.
    """
    judge = Judge(choices, recipe)
    judge.unset(recipe, ())
    judge.shape(recipe, _shape(like), ())
    hyperpod = choices["platform"] == "hyperpod"
    judge.unless(
        lambda v: re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", v) or placeholder(v),
        "run.name",
    )
    judge.unless(lambda v: len(v) <= 34, "run.name", "warning")
    if hyperpod:
        judge.unless(lambda v: v == v.lower(), "run.name", "warning")
    for key in (*RUN, "customer_bucket", "kms_key"):
        where = "training_config" if "_" in key and key.endswith(("bucket", "key")) else "run"
        if RUN.get(key, may("text"))[0] == "text":
            path = f"{where}.{key}"
            judge.unless(lambda v: not placeholder(v), path, "incomplete")
    named = "mtrl" if choices["method"] == "mtrl" else TYPES[choices["model"]][0]
    judge.unless(lambda v: v == named, "run.model_type")
    {"ppo": _ppo, "distillation": _distillation, "mtrl": _mtrl}[choices["method"]](judge, hyperpod)
    return {(severity, key) for key, severity in judge.found.items()}


def _shape(like):
    """The shape of recipes like one."""
    shape = {}
    for key, value in like.items():
        what = "text"
        if isinstance(value, dict):
            what = _shape(value)
        elif isinstance(value, bool):
            what = "flag"
        elif isinstance(value, int) and key not in REAL:
            what = "whole"
        elif isinstance(value, (int, float)):
            what = "number"
        elif isinstance(value, list):
            what = "wholes" if isinstance(value[0], int) else "numbers"
        elif value is None:
            what = "whole or null"
        elif key == "recipe_version":
            what = "anything"
        shape[key] = (may if key in OPTIONAL else must)(what)
    return shape


def _ppo(judge, hyperpod):
    model = judge.choices["model"]
    released = TYPES[model][1]
    judge.unless(
        lambda v: v in (released, *starts(released)) or checkpoint(v) or placeholder(v),
        "run.model_name_or_path",
    )
    for key in ("run.data_s3_path", "run.output_s3_path"):
        judge.unless(
            lambda v: re.fullmatch(r"(s3://[a-zA-Z0-9.\-_<> ]+/.+)?", v) or placeholder(v), key
        )
        judge.unless(lambda v: bool(v) is hyperpod, key, "incomplete" if hyperpod else "warning")
        if hyperpod and isinstance(judge.value("run"), dict) and not judge.there(key):
            judge.say("incomplete", key)
    for key in ("run.mlflow_experiment_name", "run.mlflow_run_name"):
        judge.unless(lambda v: v != "", key)
    judge.unless(one_of(*REPLICAS[model]), "run.actor_train_replicas")
    judge.unless(one_of(1, 2), "run.actor_generation_replicas")
    judge.unless(one_of(1, 2, 4, 8, 16), "ppo_actor_train.trajectory_buffer_scale")
    judge.unless(one_of("kl", "mse", "abs", "low_var_kl"), "ppo_actor_train.model.kl_loss_type")
    batch = "ppo_actor_train.model.global_batch_size"
    length = judge.value("ppo_actor_train.max_length")
    for part in PARTS:
        own = judge.value(f"{part}.model.global_batch_size")
        whole = own is None or (own > 0 and (judge.value(batch) or 0) % own == 0)
        if not whole and judge.value(batch) is not None:
            judge.say("error" if part == "ppo_critic" else "warning", batch)
    lengths = [f"{part}.max_length" for part in PARTS]
    for key in (*lengths, "ppo_actor_generation.actor_model_max_length"):
        judge.unless(lambda v: length in (None, v), key)


def _distillation(judge, _):
    at = "training_config"
    teacher = judge.choices["model"]
    judge.unless(lambda v: v == "" or placeholder(v), "run.model_name_or_path")
    judge.unless(
        lambda v: re.fullmatch(rf"([a-z]+\.)?amazon\.{teacher}-v1:0", v), f"{at}.teacherModelId"
    )
    judge.unless(
        lambda v: re.fullmatch("[0-9]+", v) and 5000 <= int(v) <= 5120, f"{at}.maxResponseLength"
    )
    judge.unless(one_of("32000", "64000"), f"{at}.maxStudentModelFineTuningContextLengthInTokens")
    for key in (
        *("maxNumberOfPrompts", "minNumberOfPrompts", "maxInputFileSizeInGB"),
        *("maxLineLengthInKB", "temperature", "top_p"),
    ):
        judge.unless(lambda v: re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", v), f"{at}.{key}")


def _mtrl(judge, _):
    for key, holds in MTRL.items():
        judge.unless(holds, key)
