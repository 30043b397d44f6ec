"""What the sources say about reinforcement fine-tuning, by example."""

import pytest

from hydra_recipes import check, compose
from support.facts import each, rows, told

ARN = "arn:aws:lambda:us-east-1:123456789012:function:reward"
READY = f"method=rft run.reward_lambda_arn={ARN}"
JOB = f"{READY} platform=training-job data_s3_path="
FULL, JOB_FULL = f"{READY} peft=full", f"{JOB} peft=full"
SERVER = "mlflow_tracking_uri=arn:aws:sagemaker:{}:123456789012:mlflow-tracking-server/x"
USUAL = (READY, JOB, FULL, JOB_FULL)
"""One recipe of each kind, filled in."""


def on(recipes, *templates):
    """(template, values) pairs filled in, on each of the recipes."""
    return [
        f"{recipe} {words}"
        for recipe in recipes
        for template, values in templates
        for words in each(template, values)
    ]


HYPERPOD, JOBS, LORA = (READY, FULL), (JOB, JOB_FULL), (READY, JOB)
FINE = [
    *USUAL,
    *on(HYPERPOD, ("run.replicas={}", "2 4 8 16"), ("hardware={}", "p5 p5en")),
    *on(JOBS, ("run.replicas={}", "2 4 6 8"), ("hardware={}", "p5 p5en")),
    *on(USUAL, ("max_length={}", "4096 32768"), ("trainer.max_steps={}", "5 100000")),
    *on((*HYPERPOD, JOB_FULL), ("global_batch_size={}", "16 32 64 128 256")),
    *on((JOB,), ("global_batch_size={}", "16 32 64 128")),
    *on(LORA, ("alpha={}", "16 32 64")),
    *on((READY,), ("loraplus_lr_ratio={}", "0 64 100")),
    *on((JOB,), ("lora_plus_lr_ratio={}", "0 64 100")),
    *on(HYPERPOD, ("lr={}", "1e-8 1e-3"), ("number_generation={}", "2 16")),
    *on(JOBS, ("lr={}", "1e-7 1e-3"), ("number_generation={}", "1 17")),
    *on(HYPERPOD, ("refit_freq={}", "1 4"), ("age_tolerance={}", "1 20")),
    *on(HYPERPOD, ("clip_ratio_high={}", "0.1 10"), ("save_steps={}", "1 100")),
    *on(HYPERPOD, ("rollout_worker_replicas=2 lambda_concurrency_limit={}", "128 200")),
    *on(USUAL, ("ent_coeff={}", "0 0.1"), ("reasoning_effort={}", "low high null")),
    *on(USUAL, ("model_name_or_path={}", "s3://acme/job-1 nova-lite-2/pretraining-text-RD")),
    *on(HYPERPOD, (SERVER, "us-east-1"), ("mlflow_tracking_uri={}", "http://mine")),
    f"{READY} run.name={'a' * 34}",
]
TOLD = [
    *rows("error", "rft-replicas", *on(HYPERPOD, ("run.replicas={}", "1 3 6 32"))),
    *rows("error", "rft-job-replicas", *on(JOBS, ("run.replicas={}", "1 3 16"))),
    *rows("error", "rft-length", *on(USUAL, ("max_length={}", "4095 32769"))),
    *rows("error", "rft-batch", *on(USUAL, ("global_batch_size={}", "8 100 512"))),
    *rows("error", "rft-batch", *on(USUAL, ("{}", "~global_batch_size"))),
    (f"{JOB} global_batch_size=256", "warning", "rft-batch-usual"),
    *rows("error", "rft-alpha", *on((READY,), ("alpha={}", "8 48 256"))),
    *rows("warning", "rft-alpha-usual", *on(LORA, ("alpha={}", "96 128 160 192"))),
    *rows("error", "rft-lora-ratio", *on((READY,), ("loraplus_lr_ratio={}", "-0.1 100.1"))),
    *rows("error", "rft-job-lora-ratio", *on((JOB,), ("lora_plus_lr_ratio={}", "-0.1 100.1"))),
    *rows("error", "rft-lr", *on(USUAL, ("lr={}", "0 9e-9 1.1e-3"))),
    *rows("warning", "rft-job-lr-usual", *on(JOBS, ("lr={}", "1e-8 9.9e-8"))),
    *rows("error", "rft-steps", *on(USUAL, ("trainer.max_steps={}", "4 100001"))),
    *rows("error", "save-within-steps", *on(HYPERPOD, ("save_steps={}", "101"))),
    *rows("error", "save-within-steps", *on(JOBS, ("save_steps={}", "6"))),
    *rows("error", "rft-generations", *on(HYPERPOD, ("number_generation={}", "1 17"))),
    *rows("error", "rft-turns", *on(HYPERPOD, ("refit_freq={}", "0 5"))),
    *rows("error", "rft-turns", *on(HYPERPOD, ("age_tolerance={}", "0 21"))),
    *rows("error", "rft-turns", *on(HYPERPOD, ("clip_ratio_high={}", "0.09 10.1"))),
    *rows("error", "rft-entropy", *on(USUAL, ("ent_coeff={}", "-0.01 0.11"))),
    *rows("error", "rft-reasoning", *on(USUAL, ("reasoning_effort={}", "medium ''"))),
    *rows("error", "rft-mlflow-names", *on(HYPERPOD, ("mlflow_{}=", "run_name experiment_name"))),
    *rows("error", "unknown-key", *on(JOBS, ("+run.{}=2", "generation_replicas"))),
    *rows("error", "unknown-key", f"{JOB} +loraplus_lr_ratio=2", f"{READY} +run.reward=x"),
    (f"{FULL} +trainer.peft.peft_scheme=null", "error", "rft-full-hyperpod"),
    (f"{JOB_FULL} +lora_tuning.alpha=32", "error", "rft-full-job"),
    (f"{JOB_FULL} peft_scheme=lora", "error", "rft-full-job"),
    *rows("warning", "lora-tuning-set", *on(LORA, ("{}", "~lora_tuning"))),
    *rows("warning", "rft-concurrency", *on(HYPERPOD, ("lambda_concurrency_limit={}", "63"))),
    *rows("warning", "rft-concurrency", *on(HYPERPOD, ("rollout_worker_replicas={}", "2"))),
    *(
        (f"{recipe} run.reward_lambda_arn={arn}", "error", "reward-arn")
        for recipe in USUAL
        for arn in (
            *("reward", ARN.upper(), f"{ARN}.x", f"s3://acme/{ARN}"),
            ARN.replace("123456789012", "12345678901"),
            ARN.replace("lambda", "sagemaker"),
            ARN.replace("us-east-1", ""),
            ARN.replace("function:", ""),
        )
    ),
    *(
        (
            f"{recipe} run.reward_lambda_arn={ARN.replace('us-east-1', region)}",
            "error",
            "reward-arn-region",
        )
        for recipe in USUAL
        for region in ("us-east1", "eu-mars-9", "us-east-8", "useast1", "us-east")
    ),
    *rows("incomplete", "reward-set", "method=rft", "method=rft platform=training-job"),
    *rows("incomplete", "reward-set", *on(USUAL, ("run.reward_lambda_arn={}", "'<arn>'"))),
    *rows("error", "rft-same-function", *on(USUAL, ("api_endpoint.lambda_arn={}", f"{ARN}-2"))),
    *rows(
        "incomplete", "rft-same-function-set", *on(USUAL, ("api_endpoint.lambda_arn={}", "'<x>'"))
    ),
    *rows("error", "reward-region", *on(HYPERPOD, (SERVER, "us-east-2 us-west-1 eu-west-1"))),
    (f"{READY} model_name_or_path=nova-lite/prod", "error", "nova-2-lite-weights"),
    (f"{READY} output_s3_path=", "incomplete", "hyperpod-paths"),
    (f"{READY} data_s3_path=train.jsonl", "error", "s3-paths"),
    (f"{JOB} data_s3_path=s3://acme/x", "warning", "training-job-paths-elsewhere"),
    (f"{READY} run.name={'a' * 64}", "error", "run-name-most"),
    *rows("error", "offer", f"{READY} hardware=p4d"),
]


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(words) == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    found = told(words)
    assert (severity, rule) in found
    errors = {name for grave, name in found if grave == "error"}
    assert errors == ({rule} if severity == "error" else set())


@pytest.mark.parametrize(
    ("platform", "peft", "without"),
    [
        ("hyperpod", "lora", "rollout_strategy"),
        ("hyperpod", "full", "rollout_strategy"),
        ("hyperpod", "lora", "generation_replicas"),
        ("hyperpod", "full", "generation_replicas"),
        ("training-job", "lora", "data_s3_path"),
        ("training-job", "full", "data_s3_path"),
    ],
)
def test_the_platform_is_told_by_either_key_of_hyperpod(platform, peft, without):
    choices = ["method=rft", f"platform={platform}", f"peft={peft}"]
    tree = compose(choices).resolved()
    for section in (tree["run"], tree["training_config"]["rollout"]):
        section.pop(without, None)
    report = check(tree)
    assert {name: report.choices[name] for name in ("method", "platform", "peft")} == {
        "method": "rft",
        "platform": platform,
        "peft": peft,
    }
