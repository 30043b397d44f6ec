"""The shipped rules: each holds somewhere, and what has a limit has it everywhere."""

import itertools

import pytest

from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.evaluation import active_rules
from hydra_recipes.sources.active import active_libraries

PLATFORMS = ("hyperpod", "training-job")


@pytest.fixture(scope="module")
def combinations():
    """Every offered combination on every platform: choices and what holds for them."""
    book = rule_book(active_libraries())
    found = []
    for offer in book.offers:
        for offered, platform in itertools.product(offer.combinations(), PLATFORMS):
            choices = {"platform": platform, **offered}
            found.append((choices, active_rules(book, choices, book.family_of(choices))))
    return found


def test_every_shipped_entry_holds_for_some_offered_combination(combinations):
    book = rule_book(active_libraries())
    every = [
        *(
            (limit.id, key)
            for limit in book.limits
            for key, schema in limit.keys
            # What tells an option by its absence, no recipe of that option has.
            if not (limit.identifies and schema is False)
        ),
        *((limit.id, key) for limit in book.limits for key in limit.required),
        *((rule.id, "") for rule in book.rules),
    ]
    used = set()
    for _, active in combinations:
        used |= {(one.limit.id, one.path[-1]) for one in (*active.limits, *active.required)}
        used |= {(one.rule.id, "") for one in active.rules}
    assert [entry for entry in every if (entry[0], entry[1].split(".")[-1]) not in used] == []


RUN = [
    "run.name",
    "run.model_type",
    "run.model_name_or_path",
    "run.replicas",
    "run.data_s3_path",
    "run.validation_data_s3_path",
    "run.output_s3_path",
    "run.mlflow_experiment_name",
    "run.mlflow_run_name",
    "global_batch_size",
]
LIMITED_1 = [
    *RUN,
    "max_length",
    "save_steps",
    "trainer.max_epochs",
    "trainer.max_steps",
    "model.hidden_dropout",
    "model.attention_dropout",
    "model.ffn_dropout",
    "optim.lr",
    "optim.name",
    "optim.eps",
    "optim.weight_decay",
    "optim.betas",
    "sched.warmup_steps",
    "sched.constant_steps",
    "sched.min_lr",
]
LIMITED = {
    ("nova-1", "sft"): [*LIMITED_1, "peft.peft_scheme"],
    ("nova-1", "dpo"): [*LIMITED_1, "peft.peft_scheme", "dpo_cfg.beta"],
    ("nova-1", "cpt"): LIMITED_1,
    ("nova-2", "cpt"): [
        *RUN,
        "trainer.max_steps",
        "model.hidden_dropout",
        "model.attention_dropout",
        "optim.lr",
        "optim.weight_decay",
        "optim.adam_beta1",
        "optim.adam_beta2",
        "sched.min_lr",
    ],
    ("nova-2", "sft"): [
        *RUN,
        "max_length",
        "max_steps",
        "save_steps",
        "save_top_k",
        "val_check_interval",
        "limit_val_batches",
        "lr_scheduler.warmup_steps",
        "lr_scheduler.min_lr",
        "optim_config.lr",
        "optim_config.weight_decay",
        "optim_config.adam_beta1",
        "optim_config.adam_beta2",
        "peft.peft_scheme",
        "model_importance_score.fine_tuned_model",
    ],
}
ADAPTERS = {
    "nova-1": ["lora_tuning.loraplus_lr_ratio", "lora_tuning.alpha", "lora_tuning.adapter_dropout"],
    "nova-2": ["lora_tuning.lora_plus_lr_ratio", "lora_tuning.alpha"],
}


@pytest.mark.parametrize(("generation", "method"), LIMITED)
def test_every_key_that_has_a_limit_has_it_in_every_offered_combination(
    combinations, generation, method
):
    here = [
        (choices, active)
        for choices, active in combinations
        if (choices["generation"], choices["method"]) == (generation, method)
    ]
    assert here
    for choices, active in here:
        adapters = ADAPTERS[generation] if choices["peft"] == "lora" else []
        limited = [".".join(bound.path) for bound in active.limits]
        wanted = [*LIMITED[generation, method], *adapters]
        missing = [key for key in wanted if not any(path.endswith(key) for path in limited)]
        assert missing == [], choices


def test_every_option_that_rules_name_exists():
    shelf, book = active_libraries(), rule_book(active_libraries())
    named = [
        *itertools.chain.from_iterable(offer.groups for offer in book.offers),
        *itertools.chain.from_iterable(
            entry.when.groups for entry in (*book.limits, *book.rules, *book.families)
        ),
    ]
    wrong = {
        (group, option)
        for group, options in named
        for option in options
        if option not in shelf.options(group)
    }
    assert wrong == set()
