"""Repair: what is suggested mends the recipe, and says no more than it has to."""

import json
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hydra_recipes import check, compose
from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.documents.editing.backups import write_mended
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.editor import mended
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OutputError, RecipeError
from hydra_recipes.repair.candidate import of_recipe
from hydra_recipes.repair.repair import Repair
from hydra_recipes.repair.search import search
from hydra_recipes.repair.suggesting import of_composed, of_file
from hydra_recipes.repair.values import accepted, fitting
from hydra_recipes.sources.active import active_libraries
from support.team_libraries import write_library

# What somebody asks for, and what is suggested, the best first.
CASES = {
    "nearest allowed value": (
        ("model=nova-pro", "run.replicas=5"),
        ["replicas=6", "replicas=12", "replicas=24"],
    ),
    "clamp": (("warmup_steps=50",), ["warmup_steps=20", "warmup_steps=10"]),
    "multiple": (("max_length=5000",), ["max_length=5120"]),
    "right type": (("warmup_steps='10'",), ["warmup_steps=10"]),
    "no whole number": (("replicas=3.5",), ["replicas=2"]),
    "key rename": (("+run.replica=8", "~replicas"), ["~replica +run.replicas=8"]),
    "unknown key": (("+run.frobnicate=1",), ["~frobnicate"]),
    "key that must go": (("peft=full", "+lora_tuning.alpha=64"), ["~lora_tuning"]),
    "two keys, both wrong": (("lr=7", "min_lr=2"), ["lr=0.0001 min_lr=9e-05"]),
    "number spelled once": (("weight_decay=7",), ["weight_decay=0.1", "weight_decay=0"]),
    "key missing, number spelled once": (
        ("model=nova-lite", "~hidden_dropout"),
        ["+hidden_dropout=0.0", "+hidden_dropout=1"],
    ),
    "nothing to take along": (("+run.mlflow_run_na_me=???",), ["~mlflow_run_na_me"]),
    "more than one key missing": (
        ("~run.name", "~replicas", "+training_config.trainer.num_nodes=${recipes.run.replicas}"),
        ["+run.name=my-lora-run +run.replicas=2"],
    ),
    "two keys": (("lr=1e-7",), ["min_lr=9e-08", "lr=2e-06"]),
    "option switch": (
        ("model=nova-pro", "hardware=g5-12x"),
        ["hardware=p5", "hardware=p5en", "hardware=p4d"],
    ),
    "other model": (("run.replicas=16",), ["replicas=8", "model=nova-lite"]),
    "derived group": (("shape=nova-2/sft",), ["shape=nova-1/sft"]),
    "preset of another generation": (
        ("+preset=quickstart_sft", "model=nova-2-lite"),
        ["model=nova-lite", "model=nova-micro"],
    ),
    "broken link": (
        ("constant_steps=${warmup_steps}",),
        ["constant_steps=${recipes.training_config.model.optim.sched.warmup_steps}"],
    ),
    "one change for two errors": (
        ("model=nova-2-lite", "max_steps=3", "save_steps=6"),
        ["max_steps=6"],
    ),
    "apart": (
        ("model=nova-pro", "peft=full", "run.replicas=5", "lr=2e-3", "+run.foo=1"),
        ["~foo lr=0.0001 replicas=6"],
    ),
    "link that brings what is wrong": (("run.name=12",), ['run.name="12"', "run.name=my-lora-run"]),
    "name": (("run.name=My Run_1",), ["run.name=my-run-1"]),
}


def searched(*overrides):
    patient = of_recipe(compose(overrides), active_libraries())
    return patient, search(patient)


@pytest.mark.parametrize("name", CASES)
def test_the_nearest_repair_comes_first(name):
    asked, wanted = CASES[name]
    patient, outcome = searched(*asked)
    found = [" ".join(repair.overrides(patient)) for repair in outcome.repairs]
    assert found[: len(wanted)] == wanted or set(wanted) <= set(found), found
    assert found[0] == wanted[0]
    assert len(found) <= 3
    for repair in outcome.repairs:
        assert check(compose([*asked, *repair.overrides(patient)])).valid


BROKEN = (
    "run.replicas=5",
    "run.replicas='4'",
    "run.replicas=true",
    "lr=2",
    "lr=-1",
    "lr=1e-9",
    "min_lr=1",
    "warmup_steps=500",
    "max_length=1000",
    "max_length=1000000",
    "global_batch_size=7",
    "run.name=a_b c",
    "run.data_s3_path=data.jsonl",
    "+run.unknown=1",
    "~run.replicas",
    "~max_length",
    "betas=[2,3]",
    "alpha=33",
    "max_epochs=-1",
    "max_epochs=17",
    "weight_decay=x",
    "hidden_dropout=1.5",
    "+trainer.max_steps=0",
    "run.model_type=amazon.nova",
    "lr=${recipes.nothing}",
    "optim.name=adamw",
    "hardware=g5-12x",
    "hardware=p4d",
    "peft=full",
    "model=nova-pro",
    "model=nova-2-lite",
    "platform=training-job",
)


def broken(overrides):
    try:
        patient = of_recipe(compose(overrides), active_libraries())
    except RecipeError:
        assume(False)
    return patient


@settings(max_examples=40)
@given(st.lists(st.sampled_from(BROKEN), min_size=1, max_size=4, unique=True))
def test_every_repair_mends_and_none_of_its_changes_can_be_left_out(overrides):
    patient = broken(overrides)
    outcome = search(patient)
    assert bool(outcome.repairs or outcome.conflict) == bool(patient.errors)
    may_stay = bool(outcome.conflict)
    for repair in () if may_stay else outcome.repairs:
        whole = compose([*overrides, *repair.overrides(patient)])
        assert check(whole).valid, repair.overrides(patient)
        for at in range(len(repair.remedies)):
            less = Repair(repair.remedies[:at] + repair.remedies[at + 1 :])
            texts = less.overrides(patient)
            assert not check(compose([*overrides, *texts])).valid, (repair, texts)


SINGLE = (
    *(f"replicas={count}" for count in (1, 2, 4, 6, 8, 12)),
    *("lr=1e-5", "lr=0.9", "min_lr=1e-7", "warmup_steps=10", "max_length=8192", "max_length=32768"),
    *("global_batch_size=32", "run.name=bot", "betas=[0.9,0.999]", "alpha=64"),
    *("max_epochs=2", "+max_steps=16", "weight_decay=0.1", "hidden_dropout=0.1", "~unknown"),
    *("hardware=p5", "peft=lora", "model=nova-micro", "model=nova-lite", "model=nova-pro"),
)


@settings(max_examples=15)
@given(st.lists(st.sampled_from(BROKEN), min_size=1, max_size=3, unique=True))
def test_where_a_single_change_does_no_repair_has_two(overrides):
    patient = broken(overrides)
    assume(patient.errors)

    def mends(single):
        try:
            return check(compose([*overrides, single])).valid
        except RecipeError:
            return False

    if any(map(mends, SINGLE)):
        assert [repair.cost[0] for repair in search(patient).repairs][:1] == [1]


BOUNDS = """\
limits:
  low: {keys: {max_length: {maximum: 8192}}, because: Cheap.}
  high: {keys: {max_length: {minimum: 16384}}, because: Long.}
"""
SUMS = """\
rules:
  above: {require: alpha > 64, message: alpha at most 64, because: So.}
  below: {require: alpha < 96, message: alpha at least 96, because: Thus.}
"""


@pytest.mark.parametrize(
    ("rules", "ids", "because"),
    [(BOUNDS, ["low", "high"], "[high]: Long."), (SUMS, ["below", "above"], "[above]: So.")],
)
def test_what_nothing_near_mends_shows_the_smallest_conflict(recipe, tmp_path, rules, ids, because):
    write_library(tmp_path / "team", {"rules/team": rules})
    ran = recipe("check", "--library", "team", "run.replicas=5")
    assert f"in conflict: {', '.join(ids)}" in re.sub(r"[\w.]+ \[([\w-]+)\]", r"\1", ran.out)
    assert ran.out.endswith(f"  {because}\n")
    assert not re.search(r"try: (max_length|alpha)", ran.out)
    data = json.loads(recipe("check", "--library", "team", "run.replicas=5", "--json").out)
    assert data["conflict"] == ids
    assert data["repairs"] == [["replicas=4"], ["replicas=8"], ["replicas=2"]]  # the rest


LIMITED = 'rules:\n  long: {require: "warmup_steps > 20", message: short, because: So.}\n'
CHAIN = """\
rules:
  a: {require: warmup_steps < constant_steps, message: a, because: So.}
  b: {require: constant_steps < max_epochs, message: b, because: So.}
"""


def test_a_rule_that_a_limit_contradicts_names_it(recipe, tmp_path):
    write_library(tmp_path / "team", {"rules/team": LIMITED})
    answer = json.loads(recipe("check", "--library", "team", "model=nova-micro", "--json").out)
    assert answer["conflict"] == ["long", "nova-1-warmup"]


def test_keys_that_follow_one_another_may_all_have_to_change(recipe, tmp_path):
    write_library(tmp_path / "team", {"rules/team": CHAIN})
    (repair, *_) = json.loads(
        recipe("check", "--library", "team", "model=nova-micro", "--json").out
    )["repairs"]
    assert recipe("check", "--library", "team", "model=nova-micro", *repair).status == 0
    assert len(repair) == 3


def test_a_value_that_nobody_can_guess_is_no_conflict(recipe, tmp_path):
    text = compose(["model=nova-lite"]).to_yaml().replace('output_s3_path: ""', "output_s3_path: x")
    (tmp_path / "bot.yaml").write_text(text)
    ran = recipe("check", "bot.yaml", "--fix")
    assert "  try: output_s3_path=VALUE\n" in ran.out
    assert ran.out.endswith(
        "no repair found within three changes for: run.output_s3_path [s3-output]\n"
    )
    assert ran.err == "bot.yaml is left as it is\n0 changed, 0 suggestions left\n"


def test_choices_that_are_not_offered_are_mended_with_all_that_is_wrong_then():
    patient, outcome = searched("model=nova-pro", "peft=full", "hardware=p4d", "replicas=5", "lr=7")
    assert outcome.repairs[0].overrides(patient) == ("hardware=p5", "lr=0.0001", "replicas=6")
    odd = ("model=nova-lite", "peft=full", "hardware=g6-48x", "output_s3_path=70000", "+run.a=1")
    patient, outcome = searched(*odd, "adam_w_mode=7", "global_batch_size=lora")
    assert len(outcome.repairs) == 3
    for repair in outcome.repairs:
        assert repair.cost[0] == 5
        assert check(compose([*patient.overrides, *repair.overrides(patient)])).valid


def test_for_what_is_hardly_a_recipe_nothing_is_searched():
    tree = {"run": {f"key_{at}": at for at in range(1000)}}
    document = parse_document(to_yaml(tree), "a.yaml")
    shelf = active_libraries()
    report, outcome = of_file(document, {}, check_document(document, {}, {}, shelf), shelf)
    assert [finding.kind for finding in report.findings] == ["unknown-family"]
    assert outcome.repairs == outcome.conflict == ()


def test_a_valid_recipe_needs_none():
    recipe = compose()
    report = check(recipe)
    assert of_composed(recipe, report, active_libraries()) is report


def test_each_error_ends_with_what_mends_it():
    recipe = compose(["model=nova-pro", "peft=full", "run.replicas=5", "lr=2e-3", "min_lr=1e-2"])
    report = of_composed(recipe, check(recipe), active_libraries())
    hints = {finding.rule: finding.hint for finding in report.findings}
    assert hints["nova-pro-replicas"] == "replicas=6"
    assert "min_lr=" in hints["min-lr-below-lr"]
    assert report.as_json()["repairs"][0]


@pytest.mark.parametrize(
    ("value", "schema", "wanted"),
    [
        (5, {"enum": [6, 12, 24]}, [6, 12, 24]),
        (50, {"minimum": 1, "maximum": 20}, [20, 1]),
        (-3, {"exclusiveMinimum": 0, "maximum": 1}, [1]),
        ("lite", {"anyOf": [{"const": "pro"}, {"const": "light"}]}, ["light", "pro"]),
        (0.25, {"multipleOf": 0.1}, [0.2]),
    ],
)
def test_values_that_would_do(value, schema, wanted):
    found = fitting(value, [schema])
    assert found[: len(wanted)] == wanted


@given(
    st.one_of(
        st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x + 0.0)
    ),
    st.one_of(st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False)),
    st.sampled_from(["<", "<=", ">", ">="]),
)
def test_numbers_that_a_comparison_accepts_are_found_and_are_near(value, bound, operator):
    tests = {
        "<": lambda one: one < bound,
        "<=": lambda one: one <= bound,
        ">": lambda one: one > bound,
        ">=": lambda one: one >= bound,
    }
    accepts = tests[operator]
    assume(not accepts(value))
    found = accepted(value, [], accepts)
    assert all(map(accepts, found))
    assert all(isinstance(one, type(value)) for one in found)


FILE = """\
# my recipe
recipes:
  run:   # about the run
    name: "my-run"  # quoted
    model_type: amazon.nova-pro-v1:0:300k
    model_name_or_path: nova-pro/prod
    replica: 5   # how many
    data_s3_path: ''
    output_s3_path: s3://acme/out/

  training_config:
    max_length: 32768
    global_batch_size: 32

    trainer: {max_epochs: 2}  # in one line
    model:
      hidden_dropout: 0.0
      attention_dropout: 0.0
      ffn_dropout: 0.0
      optim:
        lr: 2e-3
        name: distributed_fused_adam
        adam_w_mode: true
        eps: 1e-06
        weight_decay: 0.0
        betas:
        - 0.9
        - 0.999
        sched:
          warmup_steps: "10"
          constant_steps: 0
          min_lr: 1e-06
    peft:
      peft_scheme: null   # full rank
"""


def fixed(text):
    document = parse_document(text, "recipe.yaml")
    shelf = active_libraries()
    hints, asked = hints_for(document.text, shelf)
    report, outcome = of_file(document, hints, check_document(document, hints, asked, shelf), shelf)
    new = mended(document, outcome.repairs[0].changes)
    again = parse_document(new, "recipe.yaml")
    return new, report, check_document(again, *hints_for(again.text, shelf), shelf)


def test_a_file_is_mended_line_by_line():
    text = FILE.replace("    peft:\n      peft_scheme", "      peft:\n        peft_scheme")
    new, report, again = fixed(text)
    assert not report.valid
    assert again.valid
    changed = [
        (old, now)
        for old, now in zip(text.splitlines(), new.splitlines(), strict=True)
        if old != now
    ]
    assert changed == [
        ("    replica: 5   # how many", "    replicas: 6   # how many"),
        ("        lr: 2e-3", "        lr: 0.0001"),
        ('          warmup_steps: "10"', "          warmup_steps: 10"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_stay(ending):
    text = compose().to_yaml().replace("replicas: 2", "replicas: 3").replace("\n", ending)
    new, _, again = fixed(text)
    assert again.valid
    assert new == text.replace("replicas: 3", "replicas: 2")


def test_json_stays_json():
    text = compose().to_json().replace('"replicas": 2', '"replicas": 3')
    new, _, again = fixed(text)
    assert again.valid
    assert new == text.replace('"replicas": 3', '"replicas": 2')


@pytest.mark.parametrize("indent", [None, 4, "\t"])
def test_json_keeps_its_indentation(indent):
    tree = json.loads(compose().to_json())
    tree["run"]["replicas"] = 3
    text = json.dumps(tree, indent=indent)
    new, _, again = fixed(text)
    assert again.valid
    assert new == text.replace('"replicas": 3', '"replicas": 2')


def test_yaml_that_begins_like_json_keeps_its_comments():
    new = mended(parse_document("{a: 1}  # one\n", "a.yaml"), [Change("change", ("a",), 2)])
    assert new == "{a: 2}  # one\n"


def test_another_choice_of_a_file_is_what_tells_it():
    tree = compose(["model=nova-pro", "peft=full"]).resolved()
    tree["run"]["model_type"] = "amazon.nova-lite-v1:0:300k"  # one key was forgotten
    _, report, _ = fixed(to_yaml(tree))
    assert report.repairs[0] == ("model_type=amazon.nova-pro-v1:0:300k",)
    assert report.repairs[1] == ("model_name_or_path=nova-lite/prod", "replicas=4")


def test_a_section_is_not_made_up():
    tree = compose().resolved()
    del tree["training_config"]["model"]["optim"]
    document = parse_document(to_yaml(tree), "a.yaml")
    _, outcome = of_file(
        document, {}, check_document(document, {}, {}, active_libraries()), active_libraries()
    )
    assert outcome.repairs == ()
    assert [finding.key for finding in outcome.conflict] == ["training_config.model.optim"]


def test_an_anchor_that_others_share_is_left_alone():
    text = "a: &share {x: 1}\nb: *share\n"
    with pytest.raises(OutputError) as caught:
        mended(parse_document(text, "a.yaml"), [Change("change", ("b", "x"), 2)])
    assert caught.value.kind == "cannot-fix"


def test_a_key_written_twice_is_left_alone():
    document = parse_document("a: 1\na: 2\n", "a.yaml")
    with pytest.raises(OutputError):
        mended(document, [Change("change", ("a",), 3)])


def test_floats_are_written_as_every_reader_takes_them():
    new = mended(parse_document("a: 1\n", "a.yaml"), [Change("change", ("a",), 1e-5)])
    assert new == "a: 1.0e-05\n"


def test_backups_never_overwrite_one_another(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("one\n", encoding="utf-8")
    assert write_mended(path, "two\n", backup=True).name == "a.yaml.bak"
    assert write_mended(path, "three\n", backup=True).name == "a.yaml.bak2"
    assert write_mended(path, "four\n", backup=False) is None
    texts = {one.name: one.read_text(encoding="utf-8") for one in tmp_path.iterdir()}
    assert texts == {"a.yaml": "four\n", "a.yaml.bak": "one\n", "a.yaml.bak2": "two\n"}


def test_a_read_only_file_is_left_alone(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("one\n", encoding="utf-8")
    path.chmod(0o444)
    with pytest.raises(OutputError) as caught:
        write_mended(path, "two\n", backup=True)
    assert "read-only" in str(caught.value)
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
