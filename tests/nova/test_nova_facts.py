"""What the service and its sources say, by example: what is an error, a warning, or fine."""

import json

import pytest
from jsonschema import Draft202012Validator

from hydra_recipes import check, compose
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.schema import recipe_schema
from hydra_recipes.sources.active import active_libraries
from support.team_libraries import write_library

pytestmark = pytest.mark.quick

READY = ["data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out"]
TWO = "model=nova-2-lite"
QUICK = "+preset=quickstart_sft data_s3_path=s3://acme/train.jsonl output_s3_path=s3://acme/out"
MIX = "+data_mixing.sources.nova_data"
FINE = [
    *(
        f"{model} model_name_or_path={path}"
        for model, path in (
            (TWO, "s3://customer-escrow-111111111111-smtj-4a214be3/train-2026-01-02/step_10"),
            ("model=nova-pro", "s3://acme-out/job-1"),
            ("model=nova-micro", "nova-micro/pretraining-text-partial"),
            ("model=nova-lite", "nova-lite/pretraining-mm-full"),
            ("model=nova-pro", "nova-pro/pretraining-text-full"),
            (TWO, "nova-lite-2/pretraining-text-RD"),
            (TWO, "nova-lite-2/pretraining-text-CE"),
        )
    ),
    f"{TWO} ~adam_beta1",
    f"{TWO} ~adam_beta1 ~adam_beta2",
    f"{MIX}.chat=60 {MIX}.code=40 +data_mixing.sources.customer_data.percent=75",
    f"{TWO} +training_config.data_mixing.sources.nova_data={{a:33.3,b:33.3,c:33.4}}",
    f"{MIX}={{}} +data_mixing.dataset_catalog=chat",
    "+display_name=mine +version=1.0 +versions=[a] +recipe_version=2.3.0",
    "+instance_types=[ml.p5.48xlarge] +skip_recipe_validation=true",
    "eps=1e-10",
    "min_lr=1e-7",
]
TOLD = [
    ("~lora_tuning", "warning", "lora-tuning-set"),
    (f"{TWO} ~lora_tuning", "warning", "lora-tuning-set"),
    (f"{TWO} global_batch_size=256", "warning", "nova-2-batch-published"),
    (f"{TWO} global_batch_size=512", "error", "nova-2-batch"),
    (f"{TWO} max_length=65536", "warning", "nova-2-length-usual"),
    (f"{TWO} max_steps=10 save_steps=10", "warning", "warmup-within-steps"),
    (f"{TWO} max_steps=99", "warning", "warmup-share"),
    (f"{TWO} hardware=p4d", "warning", "nova-2-lite-on-p4d"),
    (f"{TWO} platform=training-job replicas=1", "warning", "nova-2-lite-job-replicas-lora"),
    (f"{TWO} peft=full peft_scheme=null", "warning", "nova-2-full-scheme-usual"),
    ("peft=full peft_scheme='null'", "warning", "nova-1-full-scheme-usual"),
    ("peft=full peft_scheme=full", "error", "nova-1-full-scheme"),
    ("max_epochs=-1 +trainer.max_steps=9", "warning", "epochs-on-hyperpod"),
    ("max_epochs=-1 +trainer.max_steps=9", "warning", "warmup-within-steps"),
    ("max_epochs=-1", "error", "steps-without-epochs"),
    ("min_lr=9e-8", "warning", "min-lr-usual"),
    (f"{TWO} min_lr=0", "warning", "min-lr-usual"),
    ("eps=1e-11", "warning", "nova-1-eps-usual"),
    ("eps=2e-6", "warning", "nova-1-eps-usual"),
    ("peft=full lr=2e-4", "warning", "nova-1-lr-usual"),
    ("model_name_or_path=nova-micro/pretraining-mm-full", "error", "nova-micro-weights"),
    ("model=nova-pro model_name_or_path=nova-lite/prod", "error", "nova-pro-weights"),
    (f"{TWO} model_name_or_path=nova-lite/prod", "error", "nova-2-lite-weights"),
    ("model_name_or_path=s3://B/job", "error", "checkpoint-path"),
    ("model_name_or_path=s3:acme/job", "error", "checkpoint-path"),
    (f"{MIX}.chat=60 {MIX}.code=41", "error", "mixed-nova-data"),
    (f"{MIX}.chat=120 {MIX}.code=-20", "error", "mixed-nova-data"),
    ("+data_mixing.sources.customer_data.percent=101", "error", "mixed-customer-data"),
    (f"{MIX}.chat=many", "error", "type"),
    ("+data_mixing.catalog=chat", "error", "unknown-key"),
    ("+training_config.replicas=4", "error", "replicas-of-training"),
    ("+num_nodes=4", "error", "replicas-of-trainer"),
    (f"{QUICK} training_config.replicas=4 num_nodes=2", "error", "replicas-of-training"),
    (f"{QUICK} num_nodes=4", "error", "replicas-of-trainer"),
    *(
        (QUICK, "warning", rule)
        for rule in ("quickstart-keys", "epochs-on-hyperpod", "checkpoints-kept")
    ),
]


def told(words):
    report = check(compose([*READY, *words.split()]))
    return {(one.severity, one.rule) for one in report.findings}


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(words) == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    found = told(words)
    assert (severity, rule) in found
    errors = {name for grave, name in found if grave == "error"}
    assert errors == ({rule} if severity == "error" else set())


def test_the_quick_start_is_warned_of_what_hyperpod_refuses_and_only_there():
    keys = ["log_every_n_steps", "limit_test_batches", "gradient_clip_val", "name"]
    report = check(compose(QUICK.split()))
    assert report.valid
    told_of = [f.key for f in report.findings if f.rule == "quickstart-keys"]
    assert [key.rpartition(".")[2] for key in told_of] == keys
    assert {f.message.partition(" is ")[2] for f in report.findings if f.key in told_of} == {
        "better left out"
    }
    elsewhere = {f.rule for f in check(compose([*QUICK.split(), "platform=training-job"])).findings}
    assert elsewhere.isdisjoint({"quickstart-keys", "epochs-on-hyperpod"})


@pytest.mark.parametrize(
    ("model", "other"), [("nova-micro", "null"), ("nova-2-lite", None)], ids=["1", "2"]
)
def test_either_spelling_of_no_adapters_is_recognised(model, other):
    tree = compose([*READY, f"model={model}", "peft=full"]).resolved()
    section = tree["training_config"]
    section = section["peft"] if "peft" in section else section["model"]["peft"]
    section["peft_scheme"] = other
    report = check(tree)
    assert report.choices["peft"] == "full"
    (finding,) = report.findings
    assert finding.severity == "warning"
    assert finding.hint == ("peft_scheme='\"null\"'" if other is None else "peft_scheme=null")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data_s3_path", "s3://my-bucket-name/train.jsonl"),
        ("data_s3_path", "s3://example-bucket/train"),
        ("data_s3_path", "s3://<bucket>/<data file>"),
        ("data_s3_path", "s3://acme/<run>/train.jsonl"),
        ("data_s3_path", "s3://acme/a.jsonl or s3://acme/b.jsonl"),
        ("validation_data_s3_path", "s3://escrow_bucket/x"),
        ("output_s3_path", "s3://escrow_bucket"),
        ("output_s3_path", "s3://<customer escrow bucket>/out"),
        ("model_name_or_path", "s3://<escrow bucket>/<job id>/outputs/checkpoints"),
        ("model_name_or_path", "s3://escrow_bucket/model_location or nova-lite/prod"),
        ("mlflow_tracking_uri", "arn:aws:sagemaker:<region>:1:mlflow-tracking-server/x"),
        ("name", "<name of the run>"),
        ("mlflow_run_name", "my-run or another"),
        ("validation_data_s3_path_list", {"a": "s3://acme/a.jsonl", "b": "s3://<bucket>/b"}),
    ],
)
@pytest.mark.parametrize("model", ["nova-lite", "nova-2-lite"])
@pytest.mark.parametrize("platform", ["hyperpod", "training-job"])
def test_a_placeholder_is_incomplete_and_hides_nothing_else(model, platform, key, value):
    if key.endswith("list") and model == "nova-lite":
        pytest.skip("the first generation has no list")
    recipe = compose([*READY, f"model={model}", f"platform={platform}"])
    tree = {**recipe.resolved()}
    tree["run"][key] = value
    tree["run"]["replicas"] = 3
    made = type(recipe)(recipe.choices, (), tree)
    assert made.resolved()["run"][key] == value
    report = check(made)
    found = {(one.key, one.severity) for one in report.findings}
    assert (f"run.{key}", "incomplete") in found
    assert ("run.replicas", "error") in found
    tree["run"]["replicas"] = 4
    report = check(type(recipe)(recipe.choices, (), tree))
    assert report.valid
    assert not report.ready


@pytest.mark.parametrize(
    "path",
    [
        "s3://my-bucket-name-2/train.jsonl",
        "s3://acme/for/train.jsonl",
        "s3://acme/my-bucket-name/train.jsonl",
        "s3://acme/order-book/train.jsonl",
        "s3://acme/a>b/train.jsonl",
    ],
)
def test_what_only_looks_like_a_placeholder_is_ready(path):
    assert check(compose([*READY, f"data_s3_path='{path}'"])).ready


def test_compose_writes_a_placeholder_as_it_is_published():
    text = compose(["model=nova-2-lite"]).to_yaml()
    assert "  data_s3_path: s3://my-bucket-name/train.jsonl\n" in text
    assert "  output_s3_path: s3://my-bucket-name/outputs/\n" in text


@pytest.mark.parametrize("section", ["data_mixing", "training_config"])
def test_the_schema_says_of_mixed_data_what_json_schema_can_say(section):
    recipe = compose(READY)
    schema = recipe_schema(rule_book(active_libraries()), recipe.choices)
    assert '"sum"' not in json.dumps(schema)
    assert "values that add up to 100" in json.dumps(schema)
    validator = Draft202012Validator(schema)
    for shares, fine in (
        ({"chat": 60, "code": 40}, True),
        ({"chat": "${recipes.run.replicas}", "code": "???"}, True),
        ({"chat": 120}, False),
        ({"chat": "many"}, False),
    ):
        tree = recipe.resolved()
        mix = {"sources": {"nova_data": shares}}
        (tree if section == "data_mixing" else tree[section])["data_mixing"] = mix
        assert validator.is_valid(tree) is fine


def test_what_is_only_better_left_out_is_judged_as_what_it_is(tmp_path):
    rules = """\
limits:
  team-mm:
    severity: warning
    keys: {mm_cfg: false}
    because: Ours are texts.
    source: our data team
"""
    root = write_library(tmp_path, {"team/rules/t": rules}) / "team"
    recipe = compose([*READY, "+mm_cfg=frozen_projectors"], libraries=[root])
    assert [one.rule for one in check(recipe).findings] == ["team-mm"]
    recipe = compose([*READY, "+mm_cfg={llm: {freeze: maybe}}"], libraries=[root])
    found = {(one.severity, one.rule) for one in check(recipe).findings}
    assert found == {("warning", "team-mm"), ("error", "type")}
