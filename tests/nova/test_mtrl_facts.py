"""What sources say about multi-turn reinforcement learning: both sides of every bound."""

import pytest

from hydra_recipes import check, compose

pytestmark = pytest.mark.quick

BOUNDS = {
    "model.learning_rate": (0, 0.01, 1e-6),
    "model.lora_rank": (16, 32, 1),
    "model.lora_alpha": (16, 128, 1),
    "model.lora_plus_lr_ratio": (1, 100, 0.01),
    "model.weight_decay": (0, 1, 0.001),
    "model.grad_clip_norm": (0, 100, 0.1),
    "model.adam_eps": (1e-16, 0.01, 1e-17),
    "model.adam_beta1": (0, 0.999999, 1e-7),
    "model.adam_beta2": (0, 0.999999, 1e-7),
    "rl.clip_low_threshold": (0, 1, 0.001),
    "rl.clip_high_threshold": (1, 10, 0.001),
    "batch.group_size": (2, 32, 1),
    "schedule.max_steps": (1, 1000, 1),
    "schedule.epochs": (1, 30, 1),
    "schedule.save_every": (0, 100, 1),
    "schedule.val_every": (0, 100, 1),
    "sampling_params.max_tokens": (512, 8192, 1),
    "sampling_params.temperature": (0, 2, 0.001),
    "sampling_params.top_p": (0, 1, 0.001),
    "rollout.max_concurrency": (32, 96, 1),
    "rollout.timeout": (300, 86400, 0.5),
    "rollout.max_retries": (1, 10, 1),
    "async_config.max_steps_off_policy": (0, 10, 1),
}
ONE_OF = {
    "rl.loss_fn": ("importance_sampling", "ppo", "cispo"),
    "rl.advantage_method": (
        *("group_based", "group_based_per_turn", "monte_carlo", "gpg", "grpo_passk"),
        *("opo", "reinforce_pp", "reinforce_pp_baseline", "rloo"),
    ),
    "batch.training_batch_size": (8, 16, 32, 64),
}
FINE = [
    "",
    *(f"{key}={value}" for key, (low, high, _) in BOUNDS.items() for value in (low, high)),
    *(f"{key}={value}" for key, values in ONE_OF.items() for value in values),
    "val_sampling_params.max_tokens=9000 val_group_size=64",
    "val_batch_size=7 max_sequence_length=1 gamma=2.0",
]
BEYOND = [
    *(f"{key}={low - step}" for key, (low, _, step) in BOUNDS.items()),
    *(f"{key}={high + step}" for key, (_, high, step) in BOUNDS.items()),
    *(f"{key}=7" for key in ("batch.training_batch_size",)),
    *(f"{key}=grpo" for key in ("rl.loss_fn", "rl.advantage_method")),
]
TOLD = [
    *((words, "error", "mtrl-values") for words in BEYOND),
    ("run.name=my_run", "error", "run-name"),
    (f"run.name={'a' * 35}", "warning", "run-name-length"),
    ('run.name="<run>"', "incomplete", "placeholders-mtrl"),
    ("peft=full", "error", "offer"),
    ("platform=hyperpod", "error", "offer"),
    ("hardware=p5", "error", "offer"),
    ("model=nova-pro", "error", "offer"),
]


def told(words):
    report = check(compose(["method=mtrl", *words.split()]))
    return {(one.severity, one.rule) for one in report.findings}


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(words) == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    assert told(words) == {(severity, rule)}


def test_epochs_by_another_name_are_epochs_and_no_steps():
    tree = compose(["method=mtrl"]).resolved()
    tree["schedule"]["num_epochs"] = tree["schedule"].pop("epochs")
    found = [one for one in check(tree).findings if one.key == "schedule.num_epochs"]
    assert [one.hint for one in found] == ["did you mean epochs?"]
