"""An oracle of validity for reinforcement fine-tuning and evaluations.

Written from the facts about these methods, apart from the rules files. ``verdict`` judges a
resolved recipe for given choices, the method among them.
"""

import re

from support.oracle import Judge, Verdict, between, name_and_weights, one_of, placeholder
from support.oracle_shapes import ROOT, may, must

CONFIG = "training_config"
TRAINER = f"{CONFIG}.trainer"
ROLLOUT = f"{CONFIG}.rollout"
LAMBDA = f"{ROLLOUT}.rewards.api_endpoint.lambda_arn"

G = ("g5-12x", "g5-24x", "g6-12x", "g6-24x")
HARDWARE = {
    "nova-micro": ("p5", *G),
    "nova-lite": ("p5", *G, "g6-48x"),
    "nova-pro": ("p5",),
    "nova-2-lite": ("p5", "p4d"),
}
TEXTS = ("mmlu", "mmlu_pro", "bbh", "gpqa", "math", "strong_reject", "ifeval", "humaneval")
IMAGES = ("mmmu", "mm_llm_judge")
OWN = {  # what else is evaluated: its task, strategy and metric
    "bring-your-own-dataset": ("gen_qa", "gen_qa", "all"),
    "llm-judge": ("llm_judge", "judge", "all"),
    "rubric-llm-judge": ("rubric_llm_judge", "judge", "all"),
    "rft": ("rft_eval", "rft_eval", "all"),
}
PAIRS = {
    "math": ("zs_cot", "exact_match"),
    "strong_reject": ("zs", "deflection"),
    "ifeval": ("zs", "accuracy"),
    "humaneval": ("zs", "pass@1"),
    "mm_llm_judge": ("judge", "all"),
}
"""Strategy and metric of the benchmarks that haven't zs_cot and accuracy."""
PARTED = ("mmlu", "bbh", "math", "strong_reject", "mmmu")
"""The tasks that may have a subtask."""


def offered():
    """Every combination of choices, less the platform of an evaluation."""
    for platform in ("hyperpod", "training-job"):
        for peft in ("lora", "full"):
            for hardware in ("p5", "p5en"):
                found = {"method": "rft", "model": "nova-2-lite", "peft": peft}
                yield {**found, "hardware": hardware, "platform": platform}
    for model, hardwares in HARDWARE.items():
        judge = "rubric-llm-judge" if model == "nova-2-lite" else "llm-judge"
        kinds = [("general-text-benchmark", one) for one in TEXTS]
        kinds += [(kind, "none") for kind in ("bring-your-own-dataset", judge, "rft")]
        if model != "nova-micro":
            kinds += [("general-multi-modal-benchmark", one) for one in IMAGES]
        for number, (kind, benchmark) in enumerate(kinds):
            found = {"method": "evaluation", "model": model, "evaluation": kind}
            # Hardware changes nothing of an evaluation, so the options take turns.
            hardware = hardwares[number % len(hardwares)]
            yield {**found, "benchmark": benchmark, "hardware": hardware}


_ROOT = {key: value for key, value in ROOT.items() if key != "data_mixing"}
_NAMED = {key: must("text") for key in ("name", "model_type", "model_name_or_path")}
_PATHS = {"data_s3_path": may("text"), "output_s3_path": may("text"), "replicas": must("whole")}
_MLFLOW = {f"mlflow_{one}": may("text") for one in ("tracking_uri", "experiment_name", "run_name")}
_ARN = {"reward_lambda_arn": must("text")}


def _rft_shape(hyperpod):
    ratio = "loraplus_lr_ratio" if hyperpod else "lora_plus_lr_ratio"
    tuning = {"alpha": must("whole"), ratio: must("number")}
    peft = {"peft_scheme": must("text or null"), "lora_tuning": may(tuning)}
    run = {**_NAMED, **_PATHS, **_ARN}
    rollout = {
        "advantage_strategy": must({"number_generation": must("whole")}),
        "generator": must(
            {
                "max_new_tokens": must("whole"),
                "set_random_seed": must("flag"),
                "temperature": must("number"),
                "top_k": must("whole"),
            }
        ),
        "rewards": must(
            {
                "api_endpoint": must(
                    {"lambda_arn": must("text"), "lambda_concurrency_limit": must("whole")}
                )
            }
        ),
    }
    optim = ("lr", "weight_decay", "adam_beta1", "adam_beta2")
    trainer = {
        "max_steps": must("whole"),
        "save_steps": may("whole"),
        "ent_coeff": must("number"),
        "optim_config": must({key: must("number") for key in optim}),
        "peft": may(peft) if hyperpod else must(peft),
    }
    config = {
        "max_length": must("whole"),
        "global_batch_size": may("whole"),
        "reasoning_effort": may("text or null"),
    }
    if hyperpod:
        run |= {"generation_replicas": must("whole"), "rollout_worker_replicas": must("whole")}
        run |= _MLFLOW
        config["data"] = may({"shuffle": may("flag")})
        turns = {"type": must("text"), "age_tolerance": must("whole")}
        rollout["rollout_strategy"] = must(turns)
        trainer |= {"save_top_k": may("whole"), "refit_freq": must("whole")}
        trainer |= {"clip_ratio_high": must("number"), "loss_scale": must("number")}
    else:
        trainer["kl_loss_coef"] = must("number")
    config |= {"rollout": must(rollout), "trainer": must(trainer)}
    return {**_ROOT, "run": must(run), CONFIG: must(config)}


def _evaluation_shape(second):
    enabled = must({"enabled": must("flag")})
    inference = {
        "max_new_tokens": may("whole"),
        "top_k": must("whole"),
        "top_p": must("number"),
        "temperature": must("number"),
        "top_logprobs": must("whole"),
    }
    processor = {
        "lambda_arn": must("text"),
        "lambda_type": must("text"),
        "preprocessing": enabled,
        "postprocessing": enabled,
        "aggregation": must("text"),
    }
    if second:
        inference["reasoning_effort"] = may("text or null")
        processor["preset_reward_function"] = may("text")
    task = {"task": must("text"), "strategy": must("text"), "metric": must("text")}
    return {
        **_ROOT,
        "run": must({**_NAMED, **_PATHS, **_MLFLOW}),
        "evaluation": must({**task, "subtask": may("text")}),
        "inference": must(inference),
        "processor": may(processor),
        "rl_env": may(_ARN),
    }


def shape(choices):
    """The shape of a recipe of these choices."""
    if choices["method"] == "rft":
        return _rft_shape(choices["platform"] == "hyperpod")
    return _evaluation_shape(choices["model"] == "nova-2-lite")


def verdict(choices, recipe) -> Verdict:
    """What is to be said about a resolved recipe of choices that are offered.

    Args:
        choices: method, model, hardware and platform; peft, or evaluation and benchmark.
        recipe: Nested mappings, at the root, without links.
    """
    forbidden = _takes_no_adapters(choices, recipe)
    if forbidden:  # it must go, whatever stands in it
        trainer = {key: one for key, one in recipe[CONFIG]["trainer"].items() if key != "peft"}
        recipe = {**recipe, CONFIG: {**recipe[CONFIG], "trainer": trainer}}
    judge = Judge(choices, recipe)
    if forbidden:
        judge.say("error", f"{TRAINER}.peft")
    judge.unset(recipe, ())
    judge.shape(recipe, shape(choices), ())
    name_and_weights(judge)
    name = judge.value("run.name")
    warned = choices["method"] == "evaluation" and judge.found.get("run.name") == "warning"
    if warned and (choices["platform"] == "training-job" or name == name.lower()):
        del judge.found["run.name"]  # published names of evaluations are longer than 34
    _paths(judge)
    (_rft if choices["method"] == "rft" else _evaluation)(judge)
    return {(severity, key) for key, severity in judge.found.items()}


def _takes_no_adapters(choices, recipe):
    """Whether a recipe has a block about adapters, of which full rank on HyperPod has none."""
    full = choices.get("peft") == "full" and choices["platform"] == "hyperpod"
    return full and Judge(choices, recipe).there(f"{TRAINER}.peft")


def _paths(judge):
    path = r"(s3://[a-zA-Z0-9.\-_<> ]+/[^\n]+)?"
    for key in ("run.data_s3_path", "run.output_s3_path"):
        judge.unless(lambda v: re.fullmatch(path, v) or placeholder(v), key)
        if judge.choices["platform"] == "training-job":
            judge.unless(lambda v: v == "", key, "warning")
    mlflow = (f"mlflow_{one}" for one in ("tracking_uri", "experiment_name", "run_name"))
    for key in ("name", "data_s3_path", "output_s3_path", "model_name_or_path", *mlflow):
        judge.unless(lambda v: not placeholder(v), f"run.{key}", "incomplete")


def _filled(judge, key):
    """Says that a key is to be filled in, if it isn't."""
    judge.unless(lambda v: v != "", key, "incomplete")
    if isinstance(judge.value(key.rpartition(".")[0]), dict) and not judge.there(key):
        judge.say("incomplete", key)


_SIDES = {
    "us": "east west",
    "us-gov": "east west",
    "ca": "central west",
    "mx": "central",
    "sa": "east",
    "eu": "north west south central",
    "il": "central",
    "me": "south central",
    "af": "south",
    "ap": "east south northeast southeast",
}
AREAS = {f"{land}-{side}" for land, sides in _SIDES.items() for side in sides.split()}
"""What Regions are called before their number."""


def _function(text):
    """Whether a text is the ARN of a function, or stands for one that isn't known yet."""
    name = r"arn:aws:lambda:([a-z-]+)-[1-7]:\d{12}:function:[\w-]+"
    found = re.fullmatch(name, text, re.ASCII)
    return text == "" or (found and found[1] in AREAS) or _open(text)


def _open(text):
    return " or " in text or re.search("<[^<>]*>", text) is not None


def _region(arn):
    """The Region in an ARN that is filled in, otherwise None."""
    found = re.fullmatch(r"arn:aws:\w+:([^:<]+):[^<]+", arn or "")
    return found and found[1]


def _same_region(judge, *keys):
    here = _region(judge.value("run.mlflow_tracking_uri"))
    if here and any(_region(judge.value(key)) not in (None, here) for key in keys):
        judge.say("error", "run.mlflow_tracking_uri")


def _rft(judge):
    hyperpod = judge.choices["platform"] == "hyperpod"
    judge.unless(lambda v: len(v) <= 63 or placeholder(v), "run.name")
    counts = (2, 4, 8, 16) if hyperpod else (2, 4, 6, 8)
    judge.unless(one_of(*counts), "run.replicas")
    judge.unless(between(4096, 32768), f"{CONFIG}.max_length")
    batch = f"{CONFIG}.global_batch_size"
    judge.unless(one_of(16, 32, 64, 128, 256), batch)
    if isinstance(judge.value(CONFIG), dict) and not judge.there(batch):
        judge.say("error", batch)
    judge.unless(between(5, 100_000), f"{TRAINER}.max_steps")
    most = judge.value(f"{TRAINER}.max_steps")
    if most is not None:
        judge.unless(lambda v: v <= most, f"{TRAINER}.save_steps")
    judge.unless(between(1e-8, 1e-3), f"{TRAINER}.optim_config.lr")
    judge.unless(between(0, 0.1), f"{TRAINER}.ent_coeff")
    effort = f"{CONFIG}.reasoning_effort"
    judge.unless(lambda v: v in ("low", "high", None), effort)
    _reward(judge)
    (_on_hyperpod if hyperpod else _in_a_job)(judge)
    if judge.choices["peft"] == "lora":
        _adapters(judge, hyperpod)


def _reward(judge):
    key = "run.reward_lambda_arn"
    judge.unless(_function, key)
    judge.unless(lambda v: v != "" and not _open(v), key, "incomplete")
    mine, other = judge.value(key), judge.value(LAMBDA)
    if mine is None or other is None or mine == other:
        return
    if other == "" or _open(other):
        judge.say("incomplete", LAMBDA)
    elif mine != "" and not _open(mine):
        judge.say("error", LAMBDA)


def _on_hyperpod(judge):
    for key in ("run.data_s3_path", "run.output_s3_path"):
        _filled(judge, key)
    for key in ("run.mlflow_experiment_name", "run.mlflow_run_name"):
        judge.unless(lambda v: v != "", key)
    judge.unless(between(2, 16), f"{ROLLOUT}.advantage_strategy.number_generation")
    judge.unless(between(1, 20), f"{ROLLOUT}.rollout_strategy.age_tolerance")
    judge.unless(between(1, 4), f"{TRAINER}.refit_freq")
    judge.unless(between(0.1, 10), f"{TRAINER}.clip_ratio_high")
    workers = judge.value("run.rollout_worker_replicas")
    if workers is not None:
        limit = f"{ROLLOUT}.rewards.api_endpoint.lambda_concurrency_limit"
        judge.unless(lambda v: v >= workers * 64, limit, "warning")
    _same_region(judge, "run.reward_lambda_arn")


def _in_a_job(judge):
    judge.unless(lambda v: v >= 1e-7, f"{TRAINER}.optim_config.lr", "warning")
    scheme = f"{TRAINER}.peft.peft_scheme"
    if judge.choices["peft"] == "lora":
        judge.unless(lambda v: v <= 128, f"{CONFIG}.global_batch_size", "warning")
    elif judge.value(scheme) is not None:
        judge.say("error", scheme)


def _adapters(judge, hyperpod):
    section = f"{TRAINER}.peft"
    scheme, tuning = f"{section}.peft_scheme", f"{section}.lora_tuning"
    usable = judge.there(scheme) and tuple(scheme.split(".")) not in judge.broken
    if usable and judge.value(scheme) != "lora":
        judge.say("error", scheme)
    # Without the block a training job's recipe is broken already.
    block_may_go = hyperpod and not judge.there(section) and isinstance(judge.value(TRAINER), dict)
    if not judge.there(tuning) and (block_may_go or isinstance(judge.value(section), dict)):
        judge.say("warning", tuning)
    if hyperpod:
        judge.unless(one_of(16, 32, 64, 96, 128, 160, 192), f"{tuning}.alpha")
    judge.unless(one_of(16, 32, 64), f"{tuning}.alpha", "warning")
    ratio = "loraplus_lr_ratio" if hyperpod else "lora_plus_lr_ratio"
    judge.unless(between(0, 100), f"{tuning}.{ratio}")


def _evaluation(judge):
    kind, benchmark = judge.choices["evaluation"], judge.choices["benchmark"]
    strategy, metric = PAIRS.get(benchmark, ("zs_cot", "accuracy"))
    tasks = (benchmark,)
    if kind in OWN:
        task, strategy, metric = OWN[kind]
        tasks = (task,)
    elif benchmark == "ifeval":
        tasks = ("IFEval", "ifeval")
    judge.unless(one_of(*tasks), "evaluation.task")
    older = ("fs_cot",) if benchmark == "bbh" else ()
    judge.unless(one_of(strategy, *older), "evaluation.strategy")
    judge.unless(one_of(strategy), "evaluation.strategy", "warning")
    judge.unless(one_of(metric), "evaluation.metric")
    if benchmark not in PARTED and judge.there("evaluation.subtask"):
        judge.say("error", "evaluation.subtask")
    _answers(judge)
    _scored(judge, kind)
    if judge.choices["platform"] == "hyperpod":
        judge.unless(one_of(1), "run.replicas")
        if benchmark in ("none", "mm_llm_judge"):
            _filled(judge, "run.data_s3_path")
        else:
            judge.unless(lambda v: v == "", "run.data_s3_path", "warning")


def _answers(judge):
    second = judge.choices["model"] == "nova-2-lite"
    judge.unless(between(0, 32_768 if second else 100_000), "inference.max_new_tokens")
    judge.unless(between(0, 1), "inference.top_p")
    judge.unless(between(0, 2), "inference.temperature")
    judge.unless(between(0, 20), "inference.top_logprobs")
    judge.unless(lambda v: v >= -1, "inference.top_k")
    if second:
        judge.unless(lambda v: v in ("low", "high", None), "inference.reasoning_effort")


def _scored(judge, kind):
    own, reward = "processor.lambda_arn", "rl_env.reward_lambda_arn"
    for key in (own, reward):
        judge.unless(_function, key)
    judge.unless(lambda v: not _open(v), own, "incomplete")
    judge.unless(one_of("rft", "custom_metrics"), "processor.lambda_type")
    judge.unless(one_of("average", "min", "max", "sum"), "processor.aggregation")
    if judge.choices["model"] == "nova-2-lite":
        judge.unless(one_of("", "prime_math", "prime_code"), "processor.preset_reward_function")
    if kind == "rft":
        judge.unless(lambda v: v != "" and not _open(v), reward, "incomplete")
        if not judge.there(reward) and ("rl_env",) not in judge.broken:
            judge.say("incomplete", reward)
    _same_region(judge, own, reward)
