"""What sources say about distillation, whose numbers are texts: what is an error, or fine."""

import json
import shlex

import pytest
import yaml
from jsonschema import Draft202012Validator

from hydra_recipes import check, compose
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.schema import recipe_schema
from hydra_recipes.sources.active import active_libraries

pytestmark = pytest.mark.quick

PREMIER = "model=nova-premier"
CONTEXT = "maxStudentModelFineTuningContextLengthInTokens"
NUMBERS = [
    *("maxNumberOfPrompts", "minNumberOfPrompts", "maxInputFileSizeInGB", "maxLineLengthInKB"),
    *("temperature", "top_p"),
]
FINE = [
    "",
    PREMIER,
    *(f"maxResponseLength='{length}'" for length in (5000, 5001, 5119, 5120)),
    *(f"{CONTEXT}='{length}'" for length in (32000, 64000)),
    *(f"{key}='0.5'" for key in NUMBERS),
    "customer_bucket=s3://acme kms_key=alias/mine",
    f"{PREMIER} teacherModelId=eu.amazon.nova-premier-v1:0",
]
TOLD = [
    *(
        (f"maxResponseLength='{length}'", "error", "distillation-response")
        for length in (4999, 5121, "5000.5", "5000.0", "many", "")
    ),
    *((f"{CONTEXT}='{length}'", "error", "distillation-context") for length in (31999, 48000, "x")),
    *((f"{key}=many", "error", "distillation-numbers") for key in NUMBERS),
    *((f"{key}=1", "error", "type") for key in (*NUMBERS, "maxResponseLength", CONTEXT)),
    ("model_name_or_path=nova-pro/prod", "error", "distillation-weights"),
    ("teacherModelId=us.amazon.nova-premier-v1:0", "error", "distillation-teacher-pro"),
    (f"{PREMIER} teacherModelId=us.amazon.nova-pro-v1:0", "error", "distillation-teacher-premier"),
    ("model_type=amazon.nova-lite-v1:0:300k", "error", "nova-pro-type"),
    (f"{PREMIER} model_type=amazon.nova-pro-v1:0:300k", "error", "nova-premier-type"),
    ("name=my_run", "error", "run-name"),
    (f"name={'a' * 35}", "warning", "run-name-length"),
    ('name="<run>"', "incomplete", "placeholders-distillation"),
    ('customer_bucket="<bucket>"', "incomplete", "placeholders-distillation"),
    ('model_name_or_path="s3://<bucket>/x"', "incomplete", "placeholders-distillation"),
    ("platform=hyperpod", "error", "offer"),
    ("hardware=p5", "error", "offer"),
    ("model=nova-lite", "error", "offer"),
]


def told(words):
    report = check(compose(["method=distillation", *words.split()]))
    return {(one.severity, one.rule) for one in report.findings}


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(words) == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    assert told(words) == {(severity, rule)}


@pytest.mark.parametrize(
    ("typed", "near"), [("5050", "5050"), ("4000", "5000"), ("9999", "5120"), ("5_050", "5050")]
)
def test_a_number_typed_for_a_text_is_told_with_what_to_paste(recipe, typed, near):
    ran = recipe("check", "method=distillation", f"maxResponseLength={typed}")
    assert ran.status == 1
    wanted = "it has to be a whole number from 5000 to 5120, as text [type]"
    assert f"error: maxResponseLength is {int(typed)}; {wanted}" in ran.out
    hint = next(line for line in ran.out.splitlines() if line.startswith("  try: "))
    (override,) = shlex.split(hint.removeprefix("  try: "))
    assert override == f'maxResponseLength="{near}"'
    assert recipe("check", "method=distillation", override).status == 0


def test_numbers_in_a_file_are_told_and_written_as_texts(recipe, tmp_path):
    text = compose(["method=distillation"]).to_yaml()
    numbers = text.replace('"5000"', "4000").replace('"32000"', "64000").replace('"0.7"', "0.70")
    file = tmp_path / "numbers.yaml"
    file.write_text(numbers)
    ran = recipe("check", "numbers.yaml")
    line = 1 + numbers.splitlines().index("  maxResponseLength: 4000")
    assert (
        f"numbers.yaml:{line}:22: error: maxResponseLength is 4000; it has to be a whole "
        in ran.out
    )
    assert 'try: maxResponseLength="5000"' in ran.out
    assert recipe("check", "--fix", "numbers.yaml").status == 0
    fixed = yaml.safe_load(file.read_text())["training_config"]
    assert {fixed["maxResponseLength"], fixed[CONTEXT], fixed["temperature"]} == {
        *("5000", "64000", "0.7")
    }
    assert recipe("check", "numbers.yaml").status == 0


def test_a_sweep_has_the_points_that_check_calls_valid(recipe, tmp_path):
    lengths = ["'4999'", "'5000'", "5050", "'5120'", "'5121'", "'5e3'", "''", "many"]
    temperatures = ["'0.7'", "0.7", "hot"]
    axes = [f"maxResponseLength={','.join(lengths)}", f"temperature={','.join(temperatures)}"]
    ran = recipe("sweep", "method=distillation", *axes, "--dir", "out", "--format", "jsonl")
    assert ran.status == 0
    lines = (tmp_path / "out" / "recipes.jsonl").read_text().splitlines()
    written = [json.loads(line)["recipe"]["training_config"] for line in lines]
    points = [
        compose(["method=distillation", f"maxResponseLength={length}", f"temperature={one}"])
        for length in lengths
        for one in temperatures
    ]
    assert written == [
        point.resolved()["training_config"] for point in points if check(point).valid
    ]
    assert len(written) == 2


def test_the_schema_asks_for_digits_and_says_what_it_cannot():
    recipe = compose(["method=distillation"])
    schema = recipe_schema(rule_book(active_libraries()), recipe.choices)
    key = schema["properties"]["training_config"]
    key = key.get("else", key)["properties"]["maxResponseLength"]
    assert key["$comment"].startswith(
        "Not said by this schema: a whole number from 5000 to 5120, as text"
    )
    for value, fine in (("5050", True), ("many", False), ("5050.5", False), (5050, False)):
        tree = recipe.resolved()
        tree["training_config"]["maxResponseLength"] = value
        assert Draft202012Validator(schema).is_valid(tree) is fine
