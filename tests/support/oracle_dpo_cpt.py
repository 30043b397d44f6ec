"""An oracle of validity for preference optimization and continued pre-training.

Written from the facts about these methods, apart from the rules files. ``verdict`` judges a
resolved recipe for given choices, the method among them.
"""

import re

from support.oracle import Judge, Verdict, between, falling, name_and_weights, one_of, placeholder
from support.oracle_shapes import SHAPE_1, may, must

CONFIG = "training_config"
TRAINER = "training_config.trainer"
MODEL = "training_config.model"

P = ("p5", "p5en", "p4d")
G48 = ("g5-48x", "g6-48x")
FIRST = ("nova-micro", "nova-lite", "nova-pro")
OFFERED = {
    ("dpo", "nova-micro", "lora"): (*P, "g5-12x", "g6-12x", *G48),
    ("dpo", "nova-lite", "lora"): (*P, *G48),
    ("dpo", "nova-pro", "lora"): P,
    **{("dpo", model, "full"): P for model in FIRST},
    **{("cpt", model, "none"): ("p5",) for model in (*FIRST, "nova-2-lite")},
}


def _without(shape, *keys):
    return {key: value for key, value in shape.items() if key not in keys}


_ROOT = _without(SHAPE_1, "data_mixing")
_CONFIG = _without(SHAPE_1[CONFIG][0], "data_mixing")
_MODEL = _CONFIG["model"][0]
_OPTIM = _MODEL["optim"][0]
DPO = {
    **_ROOT,
    CONFIG: must({**_CONFIG, "model": must({**_MODEL, "dpo_cfg": must({"beta": must("number")})})}),
}
CPT_1 = {
    **_ROOT,
    CONFIG: must({**_CONFIG, "model": must(_without(_MODEL, "peft", "training_validation"))}),
}
CPT_2 = {
    **_ROOT,
    CONFIG: must(
        {
            "task_type": must("text"),
            "max_length": must("whole"),
            "global_batch_size": may("whole"),
            "trainer": must(
                {
                    "max_steps": must("whole"),
                    "val_check_interval": may("whole"),
                    "limit_val_batches": may("whole"),
                }
            ),
            "model": must({"hidden_dropout": must("number"), "attention_dropout": must("number")}),
            "optim": must(
                {
                    **_without(_OPTIM, "betas"),
                    "optimizer": must("text"),
                    "adam_beta1": must("number"),
                    "adam_beta2": must("number"),
                }
            ),
        }
    ),
}


def shape(choices):
    """The shape of a recipe of the method and model."""
    if choices["method"] == "dpo":
        return DPO
    return CPT_2 if choices["model"] == "nova-2-lite" else CPT_1


def verdict(choices, recipe) -> Verdict:
    """What is to be said about a resolved recipe of choices that are offered.

    Args:
        choices: method, model, peft, hardware and platform.
        recipe: Nested mappings, at the root, without links.
    """
    judge = Judge(choices, recipe)
    judge.unset(recipe, ())
    judge.shape(recipe, shape(choices), ())
    name_and_weights(judge)
    _run(judge)
    batch = f"{CONFIG}.global_batch_size"
    if isinstance(judge.value(CONFIG), dict) and not judge.there(batch):
        judge.say("error", batch)
    if choices["model"] == "nova-2-lite":
        _second(judge)
    else:
        _first(judge)
        (_dpo if choices["method"] == "dpo" else _cpt)(judge)
    return {(severity, key) for key, severity in judge.found.items()}


def _run(judge):
    judge.unless(lambda v: len(v) <= 63 or placeholder(v), "run.name")
    path = r"(s3://[a-zA-Z0-9.\-_<> ]+/[^\n]+)?"
    for key in ("run.data_s3_path", "run.output_s3_path"):
        judge.unless(lambda v: re.fullmatch(path, v) or placeholder(v), key)
        if judge.choices["platform"] == "training-job":
            judge.unless(lambda v: v == "", key, "warning")
        else:
            judge.unless(lambda v: v != "", key, "incomplete")
            if isinstance(judge.value("run"), dict) and not judge.there(key):
                judge.say("incomplete", key)
    names = ("run.mlflow_experiment_name", "run.mlflow_run_name")
    for key in names:
        judge.unless(lambda v: v != "", key)
    paths = ("data_s3_path", "validation_data_s3_path", "output_s3_path", "model_name_or_path")
    for key in (*names, *(f"run.{key}" for key in (*paths, "name", "mlflow_tracking_uri"))):
        judge.unless(lambda v: not placeholder(v), key, "incomplete")


def _first(judge):
    optim = f"{MODEL}.optim"
    for kind in ("hidden", "attention", "ffn"):
        judge.unless(between(0, 1), f"{MODEL}.{kind}_dropout")
        judge.unless(lambda v: v <= 0.2, f"{MODEL}.{kind}_dropout", "warning")
    _rates(judge, optim)
    judge.unless(between(1e-6, 1e-4), f"{optim}.lr", "warning")
    judge.unless(between(0, 100), f"{optim}.sched.warmup_steps")
    judge.unless(between(1, 20), f"{optim}.sched.warmup_steps", "warning")
    judge.unless(lambda v: v >= 0, f"{optim}.sched.constant_steps")
    judge.unless(lambda v: len(v) == 2 and all(0 <= one <= 1 for one in v), f"{optim}.betas")
    judge.unless(between(1e-10, 1e-6), f"{optim}.eps", "warning")
    judge.unless(one_of("distributed_fused_adam"), f"{optim}.name")

    epochs, steps = judge.value(f"{TRAINER}.max_epochs"), judge.value(f"{TRAINER}.max_steps")
    judge.unless(between(1, 100), f"{TRAINER}.max_epochs")
    judge.unless(lambda v: v <= 5, f"{TRAINER}.max_epochs", "warning")
    judge.unless(lambda v: v >= 1, f"{TRAINER}.max_steps")
    judge.unless(lambda v: v >= 1, f"{CONFIG}.save_steps")
    if epochs is not None and epochs >= 1 and steps is not None:
        judge.say("warning", f"{TRAINER}.max_steps")
    if steps is not None:
        judge.unless(lambda v: v >= steps, f"{CONFIG}.save_steps", "warning")
    told = any(judge.there(f"{TRAINER}.{key}") for key in ("max_epochs", "max_steps"))
    if isinstance(judge.value(TRAINER), dict) and not told:
        judge.say("error", None)

    manager = f"{CONFIG}.exp_manager"
    judge.unless(lambda v: v <= 1, f"{manager}.checkpoint_callback_params.save_top_k", "warning")
    judge.unless(lambda v: not v, f"{manager}.create_wandb_logger", "warning")
    asked = judge.value("run.replicas")
    if asked is not None:
        for key in ("replicas", "trainer.num_nodes"):
            judge.unless(lambda v: v == asked, f"{CONFIG}.{key}")


def _rates(judge, optim):
    judge.unless(lambda v: 0 < v <= 1, f"{optim}.lr")
    falling(judge, f"{optim}.sched.min_lr", f"{optim}.lr")
    judge.unless(between(0, 1), f"{optim}.weight_decay")


def _dpo(judge):
    model, hardware = judge.choices["model"], judge.choices["hardware"]
    beta = f"{MODEL}.dpo_cfg.beta"
    judge.unless(between(0.001, 0.5), beta)
    judge.unless(lambda v: v <= 0.1, beta, "warning")
    longest = {"p5": 32768, "p5en": 32768, "p4d": 16384}.get(hardware, 4096)
    judge.unless(lambda v: v % 1024 == 0 and 1024 <= v <= longest, f"{CONFIG}.max_length")
    sizes = (16, 32, 64)
    if hardware in P:
        sizes = (16, 32, 64, 128) if model == "nova-pro" else (16, 32, 64, 128, 256)
    judge.unless(one_of(*sizes), f"{CONFIG}.global_batch_size")
    counts, warned = _dpo_instances(judge.choices)
    judge.unless(one_of(*counts, *warned), "run.replicas")
    judge.unless(one_of(*counts), "run.replicas", "warning")
    _adapters(judge)


def _dpo_instances(choices):
    """How many instances it may be, and how many that only one source names."""
    model, peft, hardware = (choices[group] for group in ("model", "peft", "hardware"))
    if hardware not in P:
        return (1,), ()
    on_hyperpod = choices["platform"] == "hyperpod"
    if model == "nova-pro" and hardware == "p4d" and (on_hyperpod or peft == "full"):
        return (12, 24), () if peft == "full" else (6,)
    if on_hyperpod:
        counts = {"nova-micro": (2, 4, 8), "nova-lite": (4, 8, 16), "nova-pro": (6, 12, 24)}
        return counts[model], (32,) if model == "nova-lite" else ()
    if model == "nova-micro":
        return (2, 4, 8) if hardware == "p4d" else (1, 2, 4, 8), ()
    if model == "nova-lite":
        least = () if hardware == "p4d" else (1,) if peft == "lora" else (2,)
        return (*least, 4, 8, 16), ()
    return (3, 6, 12, 24) if peft == "lora" and hardware != "p4d" else (6, 12, 24), ()


def _adapters(judge):
    section = f"{MODEL}.peft"
    scheme, tuning = f"{section}.peft_scheme", f"{section}.lora_tuning"
    lora = judge.choices["peft"] == "lora"
    if judge.there(scheme) and tuple(scheme.split(".")) not in judge.broken:
        wanted = "lora" if lora else None
        if judge.value(scheme) != wanted:
            judge.say("error", scheme)
    if not lora:
        return
    if not judge.there(tuning) and isinstance(judge.value(section), dict):
        judge.say("warning", tuning)
    judge.unless(one_of(32, 64, 96, 128, 160, 192), f"{tuning}.alpha")
    judge.unless(between(0, 100), f"{tuning}.loraplus_lr_ratio")
    judge.unless(between(1, 70), f"{tuning}.loraplus_lr_ratio", "warning")
    judge.unless(between(0, 1), f"{tuning}.adapter_dropout")


def _cpt(judge):
    judge.unless(between(1, 8192), f"{CONFIG}.max_length")
    _pre_training(judge)


def _second(judge):
    optim = f"{CONFIG}.optim"
    judge.unless(between(10, 100_000), f"{TRAINER}.max_steps")
    _rates(judge, optim)
    for key in (f"{optim}.adam_beta1", f"{optim}.adam_beta2"):
        judge.unless(between(0, 1), key)
    for kind in ("hidden", "attention"):
        judge.unless(between(0, 1), f"{MODEL}.{kind}_dropout")
    _pre_training(judge)


def _pre_training(judge):
    counts = {"nova-micro": (2, 4, 8, 16, 32), "nova-pro": (6, 12, 24)}
    judge.unless(one_of(*counts.get(judge.choices["model"], (4, 8, 16, 32))), "run.replicas")
    judge.unless(one_of(32, 64, 128, 256), f"{CONFIG}.global_batch_size")
