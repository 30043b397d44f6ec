"""Recognition: which choices a recipe was made from, told from the recipe and its first line."""

import copy
import itertools
import shlex

import pytest

from hydra_recipes import check, compose
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.documents.emitter import to_yaml
from support.oracle import OFFERED
from support.team_libraries import write_library


def tree_of(*overrides):
    return compose(overrides).resolved()


def errors(report):
    return [(f.kind, f.key) for f in report.findings if f.severity == "error"]


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        return check_file(path)

    return write


@pytest.mark.parametrize(("model", "peft"), sorted(OFFERED))
def test_model_and_peft_are_told_from_the_recipe(model, peft):
    choices = check(tree_of(f"model={model}", f"peft={peft}")).choices
    assert (choices["model"], choices["peft"]) == (model, peft)
    assert choices["generation"] == ("nova-2" if model == "nova-2-lite" else "nova-1")


def test_hardware_that_nothing_tells_is_left_out_of_the_choices():
    assert "hardware" not in check(tree_of()).choices


def test_hyperpod_is_assumed_where_nothing_tells_the_platform():
    report = check(tree_of())
    assert report.choices["platform"] == "hyperpod"
    assert {f.rule for f in report.findings} == {"hyperpod-paths"}


def test_a_recipe_may_be_mounted_under_recipes():
    tree = tree_of("run.replicas=5")
    assert check({"recipes": tree}).findings == check(tree).findings


# ---- hardware that isn't known ----


def test_a_value_passes_if_some_offered_hardware_allows_it():
    for replicas, length in ((1, 8192), (2, 32768)):
        tree = tree_of(f"run.replicas={replicas}", f"max_length={length}")
        assert errors(check(tree)) == []


def test_a_value_that_no_offered_hardware_allows_is_an_error_that_says_so():
    report = check(tree_of("run.replicas=5"))
    finding = report.findings[0]
    assert errors(report) == [("limit", "run.replicas")]
    assert "g5-12x" in finding.message
    assert finding.hint == "run.replicas=4"


def test_where_all_hardware_allows_the_same_it_is_said_once():
    finding = check(tree_of("warmup_steps=50")).findings[0]
    assert finding.message == "warmup_steps is 50; allowed on any offered hardware: 1 to 20"


def test_only_limits_of_one_severity_are_told_together():
    finding = check(tree_of("model=nova-lite", "run.replicas=5")).findings[0]
    assert sorted(finding.detail.alternatives) == ["1", "4, 8, 16 or 32"]


def test_values_that_no_hardware_allows_together_are_one_finding():
    # one instance is for G instances, 32,768 tokens are for P instances
    report = check(tree_of("run.replicas=1", "max_length=32768"))
    # a shorter sample is for both, another number of instances is for other hardware
    assert errors(report) == [("no-choice-fits", "training_config.max_length")]
    finding = report.findings[0]
    assert finding.message.endswith(
        "nearest is hardware=g5-12x, where max_length is 32768, allowed: at most 8192; "
        "where that is allowed, run.replicas would not be"
    )
    assert (finding.value, finding.hint) == (32768, "max_length=8192")
    assert finding.because == "LoRA on a G instance has memory for samples of 8,192 tokens."


def test_of_values_that_do_not_go_together_that_one_is_told_that_can_be_mended(
    file,
):
    report = file(to_yaml(tree_of("run.replicas=1", "max_length=32768")))
    (finding,) = [one for one in report.findings if one.kind == "no-choice-fits"]
    assert finding.origin.text.strip() == "max_length: 32768"


def test_what_is_said_is_the_lightest_that_any_hardware_says():
    # on P instances both are warnings, on G instances both are errors
    report = check(tree_of("model=nova-lite", "run.replicas=32", "max_length=40960"))
    told = {(f.severity, f.key) for f in report.findings if f.severity != "incomplete"}
    assert told == {("warning", "run.replicas"), ("warning", "training_config.max_length")}


# ---- recipes that don't tell everything ----


def test_a_recipe_of_no_known_model_is_one_error_with_all_models():
    tree = tree_of()
    tree["run"]["model_type"] = "amazon.nova-mini-v1:0:128k"
    finding = check(tree).findings[0]
    assert (finding.kind, finding.key) == ("limit", "run.model_type")
    assert finding.hint == "model_type=amazon.nova-micro-v1:0:128k"
    options = [option for way in finding.detail.alternatives.values() for option in way]
    assert options == ["nova-2-lite", "nova-lite", "nova-micro", "nova-pro"]


def test_a_scheme_that_is_not_known_is_told_those_of_its_generation():
    tree = tree_of()
    tree["training_config"]["model"]["peft"]["peft_scheme"] = "lorra"
    finding = check(tree).findings[0]
    assert (finding.key.split(".")[-1], finding.hint) == ("peft_scheme", "peft_scheme=lora")
    assert sorted(finding.detail.alternatives) == ["lora", "null"]


@pytest.mark.parametrize("model", ["nova-micro", "nova-2-lite"])
def test_the_shape_tells_the_generation_of_a_recipe_of_no_known_model(model):
    tree = tree_of(f"model={model}")
    del tree["run"]["model_type"]
    tree["training_config"]["max_lenght"] = tree["training_config"].pop("max_length")
    report = check(tree)
    assert errors(report) == [
        ("missing-key", "run.model_type"),
        ("missing-key", "training_config.max_length"),
        ("unknown-key-in-recipe", "training_config.max_lenght"),
    ]


def test_a_scheme_that_is_none_is_one_error():
    tree = tree_of()
    tree["training_config"]["model"]["peft"]["peft_scheme"] = "lorax"
    assert errors(check(tree)) == [("limit", "training_config.model.peft.peft_scheme")]


def test_the_other_generations_word_for_full_rank_is_told_and_taken():
    tree = tree_of("peft=full")
    tree["training_config"]["model"]["peft"]["peft_scheme"] = "null"
    report = check(tree)
    assert report.choices["peft"] == "full"
    (finding,) = (one for one in report.findings if one.severity != "incomplete")
    assert (finding.severity, finding.rule) == ("warning", "nova-1-full-scheme-usual")


def test_weights_of_another_model_do_not_change_what_the_model_type_says():
    tree = tree_of()
    tree["run"]["model_name_or_path"] = "nova-pro/prod"
    report = check(tree)
    assert report.choices["model"] == "nova-micro"
    assert errors(report) == [("limit", "run.model_name_or_path")]


def test_choices_are_told_through_links():
    tree = copy.deepcopy(tree_of("model=nova-pro"))
    tree["run"]["mlflow_run_name"] = tree["run"]["model_type"]
    tree["run"]["model_type"] = "${.mlflow_run_name}"
    assert check(tree).choices["model"] == "nova-pro"


# ---- the first line of a composed file ----


@pytest.mark.parametrize(
    ("overrides", "choices"),
    [
        ([], {"hardware": "p5", "platform": "hyperpod"}),
        (["hardware=g5-12x"], {"hardware": "g5-12x", "platform": "hyperpod"}),
        (
            ["platform=training-job", "hardware=p4d"],
            {"hardware": "p4d", "platform": "training-job"},
        ),
        (["model=nova-lite", "run.name='a b'", "hardware=p4d"], {"hardware": "p4d"}),
        (["+preset=complete_sft", "hardware=p5en"], {"hardware": "p5en", "model": "nova-lite"}),
    ],
)
def test_the_first_line_of_a_file_tells_what_the_recipe_does_not(file, overrides, choices):
    text = f"# recipe compose {shlex.join(overrides)}\n{compose(overrides).to_yaml()}"
    told = file(text).choices
    assert {group: told.get(group) for group in choices} == choices


@pytest.mark.parametrize(
    "line",
    [
        "# by hand",
        "# recipe composed by hand hardware=p4d",
        "# recipe compose 'hardware=p4d",
        "# recipe compose hardware=q9",
        "# recipe compose hardware=p4d,p5",
        "# recipe compose nonsense=p4d hardware=[",
        "#recipe compose hardware=p4d",
        "",
    ],
)
def test_a_first_line_that_is_no_such_command_tells_nothing(file, line):
    assert "hardware" not in file(f"{line}\n{compose().to_yaml()}").choices


def test_what_the_recipe_says_wins_over_the_first_line(file):
    text = compose(["model=nova-pro", "peft=full"]).to_yaml()
    choices = file(f"# recipe compose model=nova-micro peft=lora hardware=p5en\n{text}").choices
    assert [choices[group] for group in ("model", "peft", "hardware")] == [
        "nova-pro",
        "full",
        "p5en",
    ]


def test_a_composed_file_is_checked_for_the_hardware_it_was_composed_for(file):
    text = compose(["run.replicas=1"]).to_yaml()  # good on a G instance only
    assert errors(file(text.replace("max_length: 32768", "max_length: 8192"))) == []
    assert errors(file(f"# recipe compose run.replicas=1\n{text}")) == [("limit", "run.replicas")]


@pytest.mark.parametrize("platform", ["hyperpod", "training-job"])
def test_a_composed_file_and_its_recipe_have_the_same_findings(file, platform):
    for (model, peft), hardware in itertools.product(OFFERED, ("p5", "p4d")):
        if hardware not in OFFERED[model, peft]:
            continue
        words = [f"model={model}", f"peft={peft}", f"hardware={hardware}", f"platform={platform}"]
        recipe = compose([*words, "run.replicas=7", "lr=0.5"])
        told = file(f"# recipe compose {' '.join(words)}\n{recipe.to_yaml()}")
        assert {(f.rule, f.key) for f in told.findings} == {
            (f.rule, f.key) for f in check(recipe).findings
        }
        assert told.choices == recipe.choices


@pytest.mark.parametrize("default", ["null", "[one, two]"])
def test_a_default_of_no_option_or_of_several_tells_nothing(recipe, tmp_path, default):
    schema = "{type: object, properties: {run: {type: object, required: [name]}}}"
    library = {
        "config": f"defaults: [_self_, model: a, part: {default}]\nrecipes: {{run: {{name: x}}}}\n",
        **{name: f"# {name}\n" for name in ("model/a", "model/b", "part/one", "part/two")},
        "rules/own": "groups: {model: {about: m}, part: {about: p}}\n"
        f"families: {{own: {{schema: {schema}}}}}\noffers: [{{model: [a, b]}}]\n",
    }
    write_library(tmp_path / "own", library)
    for name in ("first", "second"):
        words = ("--library", "own", f"run.name={name}", "-o", f"{name}.yaml")
        assert recipe("compose", *words).status == 0
    ran = recipe("check", "--library", "own", "first.yaml")
    assert (ran.status, ran.out) == (0, "first.yaml: valid\n")
    ran = recipe("diff", "--library", "own", "first.yaml", "second.yaml")
    assert (ran.status, ran.out) == (1, "run\n  name  first → second\nkeys: 1 changed\n")
