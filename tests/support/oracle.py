"""An oracle of validity: what the service accepts, in plain Python, apart from the rules files.

Written from what the service, its guide and its published recipes say, so that ``check`` and the
rules files have something to be wrong against. ``verdict`` judges a resolved recipe for given
choices; ``verdict_unknown`` judges one whose choices are only partly known.
"""

import math
import re
from fractions import Fraction

from support.oracle_shapes import SHAPE_1, SHAPE_2

Verdict = set[tuple[str, str | None]]
"""(severity, whole key) of each finding; of several about one key, the gravest."""

GRAVITY = {"warning": 1, "incomplete": 2, "error": 3}

P = ("p5", "p5en", "p4d")
G12 = ("g5-12x", "g6-12x")
G48 = ("g5-48x", "g6-48x")

OFFERED = {
    ("nova-micro", "lora"): (*P, *G12, *G48),
    ("nova-micro", "full"): (*P, *G48),
    ("nova-lite", "lora"): (*P, *G12, *G48),
    ("nova-lite", "full"): P,
    ("nova-pro", "lora"): P,
    ("nova-pro", "full"): ("p5", "p5en"),
    ("nova-2-lite", "lora"): P,
    ("nova-2-lite", "full"): P,
}

IDENTITY = {
    "nova-micro": ("amazon.nova-micro-v1:0:128k", "nova-micro/prod"),
    "nova-lite": ("amazon.nova-lite-v1:0:300k", "nova-lite/prod"),
    "nova-pro": ("amazon.nova-pro-v1:0:300k", "nova-pro/prod"),
    "nova-2-lite": ("amazon.nova-2-lite-v1:0:256k", "nova-lite-2/prod"),
}
# Documented starting points that aren't released models, by the beginning of the weights' name.
STARTS = {
    "nova-micro": ("text-partial", "text-full"),
    "nova-lite": ("text-partial", "text-full", "mm-full"),
    "nova-pro": ("text-partial", "text-full", "mm-full"),
    "nova-lite-2": ("text-RD", "text-CE"),
}


def _number(value):
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return real and math.isfinite(value)


FITS = {
    "text": lambda value: isinstance(value, str),
    "text or null": lambda value: value is None or isinstance(value, str),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "whole or null": lambda value: value is None or FITS["whole"](value),
    "number": _number,
    "flag": lambda value: isinstance(value, bool),
    "numbers": lambda value: isinstance(value, list),
    "wholes": lambda value: isinstance(value, list),
    "texts": lambda value: isinstance(value, list),
    "mapping": lambda value: isinstance(value, dict),
    "numbers by name": lambda value: isinstance(value, dict),
    "anything": lambda _: True,
}
ITEMS = {
    "numbers": _number,
    "wholes": FITS["whole"],
    "numbers by name": _number,
    "texts": lambda value: isinstance(value, str),
}
"""What each of several values has to be."""


class Judge:
    """Collects what is to be said about one recipe."""

    def __init__(self, choices, recipe):
        self.choices = choices
        self.recipe = recipe
        self.found = {}
        self.broken = set()
        self.unknown = 0

    def say(self, severity, key):
        if GRAVITY[severity] > GRAVITY.get(self.found.get(key), 0):
            self.found[key] = severity

    def shape(self, node, shape, at):
        """Says what doesn't fit the shape; keys that have no usable value go to ``broken``."""
        for key, value in node.items():
            path = (*at, str(key))
            if key not in shape:
                self.misfit(path)
                self.unknown += 1
            elif value == "???":
                self.broken.add(path)
            elif key == "lora_tuning" and self.choices["peft"] == "full":
                self.say("error", ".".join(path))  # it must go, whatever stands in it
            else:
                self.fit(value, shape[key][0], path)
        for key, (_, needed) in shape.items():
            if needed and key not in node:
                self.misfit((*at, key))

    def fit(self, value, what, path):
        if isinstance(what, dict) and isinstance(value, dict):
            self.shape(value, what, path)
        elif isinstance(what, dict) or not FITS[what](value):
            self.misfit(path)
        elif what in ITEMS:
            for place, item in value.items() if isinstance(value, dict) else enumerate(value):
                if item == "???":
                    self.broken.add(path)
                elif not ITEMS[what](item):
                    self.broken.add(path)
                    self.misfit((*path, str(place)))

    def unset(self, node, at):
        """Says of every value that is still to be filled in, wherever it stands, that it is."""
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            if value == "???":
                self.say("incomplete", ".".join((*at, str(key))))
            elif isinstance(value, (dict, list)):
                self.unset(value, (*at, str(key)))

    def misfit(self, path):
        self.say("error", ".".join(path))
        self.broken.add(path)

    def value(self, key):
        """The value of a whole key; None where it is absent or has no usable value."""
        path = tuple(key.split("."))
        if any(path[: len(other)] == other for other in self.broken):
            return None
        node = self.recipe
        for part in path:
            if not isinstance(node, dict) or part not in node:
                return None
            node = node[part]
        return node

    def there(self, key):
        """Whether the recipe has the key, whatever its value."""
        node = self.recipe
        for part in key.split("."):
            if not isinstance(node, dict) or part not in node:
                return False
            node = node[part]
        return True

    def unless(self, holds, key, severity="error"):
        """Says something about a key if it has a value for which ``holds`` doesn't."""
        value = self.value(key)
        if value is not None and not holds(value):
            self.say(severity, key)


def between(low, high):
    return lambda value: low <= value <= high


def one_of(*values):
    return lambda value: value in values


def verdict(choices, recipe) -> Verdict:
    """What is to be said about a resolved recipe.

    Args:
        choices: model, peft, hardware and platform.
        recipe: Nested mappings, at the root, without links.
    """
    if choices["hardware"] not in OFFERED[choices["model"], choices["peft"]]:
        return {("error", "not offered")}
    judge = Judge(choices, recipe)
    second = choices["model"] == "nova-2-lite"
    judge.unset(recipe, ())
    judge.shape(recipe, SHAPE_2 if second else SHAPE_1, ())
    name_and_weights(judge)
    _run(judge)
    _placeholders(judge)
    judge.unless(lambda v: v == "sft", "training_config.task_type")
    _replicas(judge)
    _mixing(judge)
    _peft(judge, second)
    (_second if second else _first)(judge)
    return {(severity, key) for key, severity in judge.found.items()}


def name_and_weights(judge):
    """What is said of the run's name and its model, for training of any method."""
    model_type, released = IDENTITY[judge.choices["model"]]
    hyperpod = judge.choices["platform"] == "hyperpod"
    judge.unless(lambda v: v == model_type, "run.model_type")
    judge.unless(
        lambda v: v in (released, *starts(released)) or checkpoint(v) or placeholder(v),
        "run.model_name_or_path",
    )
    name = "run.name"
    judge.unless(
        lambda v: re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", v) or placeholder(v),
        name,
    )
    if hyperpod:
        judge.unless(lambda v: v == v.lower(), name, "warning")
    # Training jobs go through the same launcher, which shortens names on either platform.
    judge.unless(lambda v: len(v) <= 34, name, "warning")


def _run(judge):
    hyperpod = judge.choices["platform"] == "hyperpod"
    for key in ("data_s3_path", "validation_data_s3_path", "output_s3_path"):
        judge.unless(
            lambda v, key=key: v == "" or _s3(v, data="data" in key) or placeholder(v),
            f"run.{key}",
        )
        if not hyperpod:
            judge.unless(lambda v: v == "", f"run.{key}", "warning")
    if hyperpod:
        for key in ("run.data_s3_path", "run.output_s3_path"):
            judge.unless(lambda v: v != "", key, "incomplete")
            # The guide's LoRA recipe has no data path at all: as good as an empty one.
            if isinstance(judge.value("run"), dict) and not judge.there(key):
                judge.say("incomplete", key)
    for key in ("run.mlflow_experiment_name", "run.mlflow_run_name"):
        judge.unless(lambda v: v != "", key)


def _s3(text, data):
    found = re.fullmatch(r"s3://([^/]*)/([^\n]+)", text)
    if not found:
        return False
    bucket = found[1]
    # The sources speak of escrow and service buckets and name neither. This project tells them
    # by the word escrow, and by the prefix of the buckets that SageMaker serves models from.
    foreign = "escrow" in bucket or bucket.startswith("jumpstart-")
    real = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket) is not None
    return real and not foreign and (not data or text.endswith(".jsonl"))


def checkpoint(text):
    # "Any S3 path of a job's output or escrow bucket": which bucket is whose, no text tells.
    return re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\n].*", text) is not None


def starts(released):
    name = released.partition("/")[0]
    return [f"{name}/pretraining-{one}" for one in STARTS[name]]


def placeholder(text):
    """Whether a text is what published recipes have where something is to be filled in."""
    bucket = text.removeprefix("s3://").partition("/")[0] if text.startswith("s3://") else ""
    invented = bucket in ("my-bucket-name", "example-bucket", "escrow_bucket")
    return invented or " or " in text or re.search("<[^<>]*>", text) is not None


def _placeholders(judge):
    for key in (
        *("data_s3_path", "validation_data_s3_path", "output_s3_path"),
        *("model_name_or_path", "mlflow_tracking_uri"),
        *("name", "mlflow_experiment_name", "mlflow_run_name"),
    ):
        judge.unless(lambda v: not placeholder(v), f"run.{key}", "incomplete")
    several = judge.value("run.validation_data_s3_path_list")
    if several and not _unset_in(several):
        texts = [one for one in several.values() if isinstance(one, str)]
        if any(map(placeholder, texts)):
            judge.say("incomplete", "run.validation_data_s3_path_list")


def _unset_in(node):
    items = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return node == "???" or any(map(_unset_in, items))


def _mixing(judge):
    for at in ("data_mixing", "training_config.data_mixing"):
        judge.unless(between(0, 100), f"{at}.sources.customer_data.percent")
        shares = judge.value(f"{at}.sources.nova_data")
        if shares:
            whole = sum(Fraction(str(one)) for one in shares.values()) == 100
            if not whole or not all(0 <= one <= 100 for one in shares.values()):
                judge.say("error", f"{at}.sources.nova_data")


def _replicas(judge):
    model, peft, hardware, platform = (
        judge.choices[group] for group in ("model", "peft", "hardware", "platform")
    )
    warned = ()
    if hardware not in P:
        counts = (1,)
    elif model == "nova-2-lite":
        # The training-jobs table doesn't name this model: the same counts on both platforms.
        counts = (1, 4, 8, 16, 32) if peft == "lora" else (4, 8, 16, 32)
        warned = (1,) if platform == "training-job" else ()
    elif platform == "hyperpod":
        counts = {"nova-micro": (2, 4, 8), "nova-lite": (4, 8, 16, 32), "nova-pro": (6, 12, 24)}[
            model
        ]
        warned = (32,) if model == "nova-lite" else ()
    elif model == "nova-micro":
        counts = (2, 4, 8) if hardware == "p4d" else (1, 2, 4, 8)
    elif model == "nova-lite":
        counts = (4, 8, 16)
        if hardware != "p4d":
            counts = (1, 4, 8, 16) if peft == "lora" else (2, 4, 8, 16)
    else:
        counts = (3, 6, 12, 24) if peft == "lora" and hardware != "p4d" else (6, 12, 24)
    judge.unless(lambda v: v in counts, "run.replicas")
    judge.unless(lambda v: v not in warned, "run.replicas", "warning")
    asked = judge.value("run.replicas")
    if asked is not None and model != "nova-2-lite":
        for key in ("replicas", "trainer.num_nodes"):
            judge.unless(lambda v: v == asked, f"training_config.{key}")


def _peft(judge, second):
    section = "training_config.peft" if second else "training_config.model.peft"
    scheme, tuning = f"{section}.peft_scheme", f"{section}.lora_tuning"
    lora = judge.choices["peft"] == "lora"
    off = "null" if second else None  # "PEFT off" is the word in generation 2, null in 1
    path = tuple(scheme.split("."))
    if judge.there(scheme) and path not in judge.broken:
        written = judge.value(scheme)
        if written not in (("lora",) if lora else (None, "null")):
            judge.say("error", scheme)
        elif not lora and written != off:
            judge.say("warning", scheme)
    if lora and not judge.there(tuning) and isinstance(judge.value(section), dict):
        judge.say("warning", tuning)
    if not lora:
        return  # what the adapters' settings are doesn't matter where none may be
    judge.unless(one_of(32, 64, 96, 128, 160, 192), f"{tuning}.alpha")
    judge.unless(between(0, 1), f"{tuning}.adapter_dropout")
    if second:
        judge.unless(between(1, 70), f"{tuning}.lora_plus_lr_ratio")
    else:
        judge.unless(between(0, 100), f"{tuning}.loraplus_lr_ratio")
        judge.unless(between(1, 70), f"{tuning}.loraplus_lr_ratio", "warning")


def _batch(judge, sizes):
    key = "training_config.global_batch_size"
    judge.unless(one_of(*sizes), key)
    if isinstance(judge.value("training_config"), dict) and not judge.there(key):
        judge.say("incomplete", key)


def _first(judge):
    model, peft, hardware = (judge.choices[group] for group in ("model", "peft", "hardware"))
    config, trainer = "training_config", "training_config.trainer"
    optim = "training_config.model.optim"
    _batch(judge, (16, 32) if model == "nova-pro" else (16, 32, 64))

    longest = 65536
    if hardware not in P:
        longest = 8192 if peft == "lora" else 4096
    judge.unless(lambda v: v % 1024 == 0 and 1024 <= v <= longest, f"{config}.max_length")
    if model == "nova-lite" and peft == "lora":
        judge.unless(lambda v: v <= 32768, f"{config}.max_length", "warning")

    steps = judge.value(f"{trainer}.max_steps")
    _length(judge, trainer)
    judge.unless(lambda v: v >= 1, f"{config}.save_steps")
    if steps is not None:
        judge.unless(lambda v: v >= steps, f"{config}.save_steps", "warning")
    _quick_start(judge, config)

    for kind in ("hidden", "attention", "ffn"):
        judge.unless(between(0, 1), f"{config}.model.{kind}_dropout")
        judge.unless(lambda v: v <= 0.2, f"{config}.model.{kind}_dropout", "warning")

    if peft == "full":
        judge.unless(between(1e-6, 1e-3), f"{optim}.lr")
    else:
        judge.unless(lambda v: 0 < v <= 1, f"{optim}.lr")
    judge.unless(between(1e-6, 1e-4), f"{optim}.lr", "warning")
    falling(judge, f"{optim}.sched.min_lr", f"{optim}.lr")
    judge.unless(between(0, 1), f"{optim}.weight_decay")
    judge.unless(lambda v: v <= 0.1, f"{optim}.weight_decay", "warning")
    judge.unless(between(1, 20), f"{optim}.sched.warmup_steps")
    _warm(judge, f"{optim}.sched.warmup_steps", steps)
    judge.unless(lambda v: v >= 0, f"{optim}.sched.constant_steps")
    judge.unless(lambda v: len(v) == 2 and all(0 <= one <= 1 for one in v), f"{optim}.betas")
    judge.unless(lambda v: v > 0, f"{optim}.eps")
    judge.unless(between(1e-10, 1e-6), f"{optim}.eps", "warning")
    judge.unless(one_of("distributed_fused_adam"), f"{optim}.name")


def _length(judge, trainer):
    hyperpod = judge.choices["platform"] == "hyperpod"
    epochs, steps = judge.value(f"{trainer}.max_epochs"), judge.value(f"{trainer}.max_steps")
    if epochs is not None:
        endless = epochs == -1 and judge.there(f"{trainer}.max_steps")
        if not (1 <= epochs <= 5 or endless):
            judge.say("error", f"{trainer}.max_epochs")
        if epochs == -1 and hyperpod:
            judge.say("warning", f"{trainer}.max_epochs")
        if epochs >= 1 and steps is not None:
            judge.say("warning", f"{trainer}.max_steps")
    if isinstance(judge.value(trainer), dict) and not (
        judge.there(f"{trainer}.max_epochs") or judge.there(f"{trainer}.max_steps")
    ):
        judge.say("error", None)  # "set one": a recipe with neither would never end
    judge.unless(lambda v: v >= 1, f"{trainer}.max_steps")


def _quick_start(judge, config):
    """What the guide's quick start has, and something speaks against."""
    hyperpod = judge.choices["platform"] == "hyperpod"
    trainer, optim = f"{config}.trainer", f"{config}.model.optim"
    kept = f"{config}.exp_manager.checkpoint_callback_params.save_top_k"
    judge.unless(lambda v: v <= 1, kept, "warning")
    judge.unless(lambda v: not v, f"{config}.exp_manager.create_wandb_logger", "warning")
    for key in ("log_every_n_steps", "limit_test_batches", "gradient_clip_val"):
        if hyperpod and judge.there(f"{trainer}.{key}"):
            judge.say("warning", f"{trainer}.{key}")
    if hyperpod and judge.there(f"{optim}.sched.name"):
        judge.say("warning", f"{optim}.sched.name")


def _warm(judge, warmup, most):
    if most is not None:
        judge.unless(lambda v: v <= 0.15 * most, warmup, "warning")


def falling(judge, low, high):
    judge.unless(between(0, 1), low)
    judge.unless(lambda v: v >= 1e-7, low, "warning")
    floor, peak = judge.value(low), judge.value(high)
    if floor is not None and peak is not None and not floor < peak:
        judge.say("error", low)


def _second(judge):
    config = "training_config"
    optim, schedule = f"{config}.optim_config", f"{config}.lr_scheduler"
    if judge.choices["hardware"] == "p4d":
        judge.say("warning", None)  # one source leaves P4d out; no key of the recipe says it
    _batch(judge, (32, 64, 128, 256))
    judge.unless(lambda v: v != 256, f"{config}.global_batch_size", "warning")
    judge.unless(lambda v: v <= 32768, f"{config}.max_length", "warning")
    judge.unless(one_of(8192, 16384, 32768, 65536), f"{config}.max_length")
    judge.unless(between(4, 100_000), f"{config}.max_steps")
    judge.unless(lambda v: v >= 1, f"{config}.save_steps")
    judge.unless(lambda v: v >= 1, f"{config}.save_top_k")
    judge.unless(between(1, 100_000), f"{config}.val_check_interval")
    judge.unless(between(0, 100_000), f"{config}.limit_val_batches")
    judge.unless(between(0, 1), f"{config}.model_importance_score.fine_tuned_model")
    judge.unless(lambda v: 0 < v <= 1, f"{optim}.lr")
    falling(judge, f"{schedule}.min_lr", f"{optim}.lr")
    for key in ("weight_decay", "adam_beta1", "adam_beta2"):
        judge.unless(between(0, 1), f"{optim}.{key}")
    warmup = f"{schedule}.warmup_steps"
    judge.unless(between(0, 100), warmup)
    most = judge.value(f"{config}.max_steps")
    _warm(judge, warmup, most)
    if most is not None:
        judge.unless(lambda v: v <= most, f"{config}.save_steps")


def verdict_unknown(recipe) -> Verdict:
    """What is to be said about a recipe for HyperPod of which nothing is known beside it.

    Model and peft are told by model_type and peft_scheme; the generation of a recipe without a
    known model_type is the one of whose shape fewer keys are unknown, then fewer are amiss.
    A value passes if some offered combination allows it, and what is said of it is the lightest
    that any says. If every combination has an error that isn't one everywhere, no choice fits:
    that is one more error, about no key.
    """
    known = {"platform": "hyperpod", **_told(recipe)}
    combinations = [
        {"model": model, "peft": peft, "hardware": hardware}
        for (model, peft), hardwares in OFFERED.items()
        for hardware in hardwares
    ]
    verdicts = [
        {key: severity for severity, key in verdict({**known, **choices}, recipe)}
        for choices in combinations
        if all(known.get(group, option) == option for group, option in choices.items())
        and known.get("second", choices["model"] == "nova-2-lite")
        == (choices["model"] == "nova-2-lite")
    ]
    lightest = {
        key: min((one[key] for one in verdicts), key=GRAVITY.__getitem__)
        for key in set.intersection(*map(set, verdicts))
    }
    fits = any(
        all(lightest.get(key) == "error" for key, severity in one.items() if severity == "error")
        for one in verdicts
    )
    found = {(severity, key) for key, severity in lightest.items()}
    return found if fits else found | {("error", None)}


def _told(recipe):
    """The choices that a recipe tells, and whether it is of the second generation."""
    judge = Judge({"peft": "lora"}, recipe)
    told = {}
    model_type = judge.value("run.model_type")
    for model, (known, _) in IDENTITY.items():
        if model_type == known:
            told["model"] = model
    schemes = [
        judge.value(f"{section}.peft_scheme")
        for section in ("training_config.peft", "training_config.model.peft")
        if judge.there(f"{section}.peft_scheme")
    ]
    if len(schemes) == 1 and schemes[0] in ("lora", None, "null"):
        told["peft"] = "lora" if schemes[0] == "lora" else "full"
    if "model" not in told:
        misfits = []
        for shape in (SHAPE_1, SHAPE_2):
            judge = Judge({"peft": "lora"}, recipe)
            judge.shape(recipe, shape, ())
            misfits.append((judge.unknown, len(judge.broken)))
        if misfits[0] != misfits[1]:
            told["second"] = misfits[1] < misfits[0]
    return told
