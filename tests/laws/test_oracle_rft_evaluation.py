"""Validity of RFT and evaluations: ``check`` agrees with an oracle written apart from the rules."""

import copy
import random

import pytest

from hydra_recipes import Recipe, check, compose
from support.oracle_rft_evaluation import offered, shape, verdict
from support.random_edits import VALUES, edit, gaps, places

PLATFORMS = ("hyperpod", "training-job")
ARN = "arn:aws:lambda:us-east-1:123456789012:function:reward"
ARNS = [
    *("", ARN, f"{ARN}-2", ARN.replace("us-east-1", "eu-central-1"), f"{ARN}:1", f"{ARN}\n"),
    *(ARN.replace("123456789012", "12345678901"), ARN.replace("lambda", "s3"), "reward"),
    *(ARN.replace("us-east-1", "<region>"), f"{ARN} or another", ARN.replace("us-east-1", "")),
]
SERVER = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/x"
SMALL = [-2, -1, 0, 1, 2, 3, 4, 5, 16, 17, 20, 21, 63, 64, 127, 128]
SHARES = [-0.1, 0, 0.001, 0.09, 0.1, 0.101, 1, 1.01, 2, 2.01, 10, 10.1]
MORE = {
    "name": ["a" * 63, "a" * 64],
    "lr": [9e-9, 1e-8, 9e-8, 1e-7, 1e-3, 1.1e-3],
    "max_steps": [4, 5, 100, 100_000, 100_001],
    "save_steps": [0, 1, 5, 6, 100, 101],
    "alpha": [8, 16, 32, 64, 96, 128, 160, 192, 200],
    "replicas": [0, 1, 2, 3, 4, 6, 8, 16, 32],
    "max_length": [4095, 4096, 32768, 32769],
    "mlflow_tracking_uri": [SERVER, SERVER.replace("us-east-1", "eu-central-1"), f"{SERVER}<x>"],
    "reasoning_effort": [None, "low", "high", "medium", ""],
    "max_new_tokens": [-1, 0, 8196, 32768, 32769, 100_000, 100_001],
    "task": ["mmlu", "bbh", "IFEval", "ifeval", "gen_qa", "mmmu", "rft_eval", ""],
    "strategy": ["zs", "zs_cot", "fs_cot", "judge", "gen_qa", "rft_eval", ""],
    "metric": ["accuracy", "all", "exact_match", "deflection", "pass@1", ""],
    "subtask": ["", "algebra"],
    "lambda_type": ["rft", "custom_metrics", "reward", ""],
    "aggregation": ["average", "min", "max", "sum", "mean"],
    "preset_reward_function": ["", "prime_math", "prime_code", "prime"],
    "processor": [
        {
            "lambda_arn": ARN,
            "lambda_type": "rft",
            "aggregation": "max",
            "preprocessing": {"enabled": True},
            "postprocessing": {"enabled": False},
        }
    ],
    "rl_env": [{}, {"reward_lambda_arn": ARN}, {"reward_lambda_arn": "<arn>"}],
    "peft": [{}, {"peft_scheme": None}, {"peft_scheme": "lora"}],
    "run": [{}],
    **dict.fromkeys(("lambda_arn", "reward_lambda_arn"), ARNS),
    **dict.fromkeys(
        [
            *("number_generation", "refit_freq", "age_tolerance", "rollout_worker_replicas"),
            *("lambda_concurrency_limit", "generation_replicas", "top_k", "top_logprobs"),
        ],
        SMALL,
    ),
    **dict.fromkeys(("ent_coeff", "clip_ratio_high", "top_p", "temperature"), SHARES),
}
AT_LIMITS = {key: [*VALUES.get(key, ()), *MORE.get(key, ())] for key in {**VALUES, **MORE}}
"""Values near limits, those that only these methods have among them."""


@pytest.fixture(scope="module")
def composed():
    """Each recipe offered: all its choices, and its tree."""
    found = []
    for choices in offered():
        chosen = {**choices, **({"peft": "none"} if choices["method"] == "evaluation" else {})}
        recipe = compose([f"{group}={option}" for group, option in chosen.items()])
        found.append((recipe.choices, recipe.resolved()))
    return found


def disagreement(choices, tree):
    """Where ``check`` and the oracle differ about a recipe, if they do."""
    report = check(Recipe(choices, (), tree))
    found = {(finding.severity, finding.key) for finding in report.findings}
    wanted = verdict(choices, tree)
    return found != wanted and (choices, tree, {"check": found - wanted, "oracle": wanted - found})


def on_a_platform(choices, turn):
    """The choices, those of an evaluation on one platform or the other."""
    if choices["method"] == "rft":
        return choices
    return {**choices, "platform": PLATFORMS[turn % 2]}


def test_check_and_the_oracle_agree_at_every_limit(composed):
    turn = 0
    for choices, original in composed:
        tree = copy.deepcopy(original)
        for node, key in [*places(tree), *gaps(tree, shape(choices))]:
            before = dict(node)
            for value in MORE.get(key, ()):
                node[key] = value
                turn += 1
                assert not disagreement(on_a_platform(choices, turn), tree)
            node.clear()
            node.update(before)


def test_check_and_the_oracle_agree_on_random_edits(composed):
    rng = random.Random(17)
    for _ in range(2_000):
        choices, tree = copy.deepcopy(rng.choice(composed))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 5))):
            edit(tree, shape(choices), rng, AT_LIMITS)
        assert not disagreement(on_a_platform(choices, rng.randrange(2)), tree)
