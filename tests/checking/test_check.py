"""Checking: a recipe in, all findings out; never an exception, whatever the recipe."""

import copy
import math

import pytest

from hydra_recipes import Finding, check, compose
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.findings.finding import deduplicate
from hydra_recipes.findings.messages.values import Unset

pytestmark = pytest.mark.quick

HYPERPOD = ["run.data_s3_path=s3://acme/train.jsonl", "run.output_s3_path=s3://acme/out/"]
TREE = compose(HYPERPOD).resolved()
TREE_2 = compose(["model=nova-2-lite", *HYPERPOD]).resolved()


def by_key(report):
    return {finding.key: finding for finding in report.findings}


def errors(report):
    return [finding.key for finding in report.findings if finding.severity == "error"]


def with_value(key, value, tree=TREE):
    """The tree with one key set, or deleted where the value is ``...``."""
    tree = copy.deepcopy(tree)
    *parents, last = key.split(".")
    node = tree
    for parent in parents:
        node = node[parent]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return tree


@pytest.fixture
def file(tmp_path):
    """Writes a recipe file and checks it, under the name support-bot.yaml."""

    def write(text):
        path = tmp_path / "support-bot.yaml"
        path.write_text(text, encoding="utf-8")
        return check_file(path, "support-bot.yaml")

    return write


# ---- what there is to say, and how often ----


def test_a_good_recipe_has_no_findings():
    report = check(compose(HYPERPOD))
    assert report.findings == ()
    assert (report.valid, report.ready, report.strictly_valid) == (True, True, True)


def test_a_template_is_valid_and_not_ready():
    report = check(compose())
    assert [f.severity for f in report.findings] == ["incomplete", "incomplete"]
    assert (report.valid, report.ready, report.strictly_valid) == (True, False, True)


def test_a_warning_leaves_a_recipe_valid_and_ready_but_not_strictly_valid():
    report = check(compose([*HYPERPOD, "hidden_dropout=0.3"]))
    assert (report.valid, report.ready, report.strictly_valid) == (True, True, False)


def test_all_findings_are_told_at_once_errors_first():
    report = check(
        compose(
            ["model=nova-pro", "run.replicas=5", "warmup_steps=50", "hidden_dropout=0.5", "lr=1e-7"]
        )
    )
    assert {(f.severity, f.key.split(".")[-1]) for f in report.findings} == {
        ("error", "replicas"),
        ("error", "warmup_steps"),
        ("error", "min_lr"),
        ("incomplete", "data_s3_path"),
        ("incomplete", "output_s3_path"),
        ("warning", "hidden_dropout"),
        ("warning", "lr"),
    }
    order = [finding.severity for finding in report.findings]
    assert order == ["error"] * 3 + ["incomplete"] * 2 + ["warning"] * 2


def test_of_an_error_and_a_warning_about_one_key_only_the_error_is_told():
    report = check(with_value("training_config.model.hidden_dropout", 7.0))
    told = [f for f in report.findings if f.key == "training_config.model.hidden_dropout"]
    assert [f.rule for f in told] == ["nova-1-dropout"]


def test_two_warnings_about_one_key_are_both_told():
    name = "A" * 35
    assert [f.rule for f in check(with_value("run.name", name)).findings] == [
        "run-name-case",
        "run-name-length",
    ]


def test_findings_about_no_key_are_all_told():
    findings = [Finding("warning", rule, Unset()) for rule in "ab"]
    assert deduplicate(findings) == tuple(findings)


def test_a_finding_says_what_is_allowed_why_and_where_it_came_from():
    told = check(compose([*HYPERPOD, "model=nova-pro", "run.replicas=5"])).findings[0]
    assert told.as_json() == {
        "severity": "error",
        "rule": "nova-pro-replicas",
        "key": "run.replicas",
        "value": 5,
        "message": "run.replicas is 5; allowed: 6, 12 or 24",
        "because": "Nova Pro trains on 6, 12 or 24 instances.",
        "source": "guide, published",
        "hint": "run.replicas=6",
        "origin": {"override": "run.replicas=5"},
    }


def test_a_hint_does_what_it_says():
    broken = [*HYPERPOD, "run.replicas=5", "warmup_steps=50", "max_length=1000", "alpha=100"]
    hints = [finding.hint for finding in check(compose(broken)).findings]
    assert len(hints) == 4
    assert check(compose([*broken, *hints])).valid


# ---- types ----


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("run.replicas", "4"),
        ("run.replicas", True),
        ("run.replicas", 4.0),
        ("run.replicas", None),
        ("run.replicas", [4]),
        ("run.replicas", {"a": 4}),
        ("run.name", 4),
        ("run.name", None),
        ("training_config.model.optim.lr", "1e-5"),
        ("training_config.model.optim.lr", True),
        ("training_config.model.optim.lr", math.nan),
        ("training_config.model.optim.lr", math.inf),
        ("training_config.model.optim.lr", 10**400),
        ("training_config.model.optim.adam_w_mode", 1),
        ("training_config.model.optim.adam_w_mode", "true"),
        ("training_config.model.optim.betas", 0.9),
        ("training_config.model.optim.betas", (0.9, 0.999, 2)),
        ("training_config.model.peft.peft_scheme", False),
        ("run", None),
        ("run", []),
        ("training_config.trainer", None),
        ("training_config.trainer", [1]),
        ("training_config.model.optim.sched", "none"),
    ],
)
def test_a_value_of_the_wrong_type_is_one_error(key, value):
    assert errors(check(with_value(key, value))) == [key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("training_config.model.hidden_dropout", 0),
        ("training_config.model.optim.betas", [0, 1]),
        ("training_config.model.peft.lora_tuning.loraplus_lr_ratio", 8),
    ],
)
def test_a_whole_number_is_a_number(key, value):
    assert errors(check(with_value(key, value))) == []


def test_an_item_of_a_list_is_told_by_its_position():
    report = check(with_value("training_config.model.optim.betas", [0.9, "x"]))
    assert errors(report) == ["training_config.model.optim.betas.1"]


# ---- keys ----


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("training_config.model.peft.lora_tuning.adaptor_dropout", "adapter_dropout"),
        ("training_config.max_lenght", "max_length"),
        ("run.replica", "run.replicas"),
        ("training_config.model.lr", "lr"),
    ],
)
def test_an_unknown_key_comes_with_the_nearest_known_one(key, nearest):
    finding = by_key(check(with_value(key, 1)))[key]
    assert (finding.severity, finding.rule) == ("error", "unknown-key")
    assert nearest in finding.hint


def test_a_missing_key_is_an_error_and_a_missing_section_one_error():
    assert errors(check(with_value("training_config.max_length", ...))) == [
        "training_config.max_length"
    ]
    assert errors(check(with_value("training_config.model.optim", ...))) == [
        "training_config.model.optim"
    ]


@pytest.mark.parametrize("key", [1, None, 1.5, True, ("a", "b")])
def test_a_key_that_is_not_text_is_an_error(key):
    report = check({**TREE, key: 1})
    assert not report.valid
    assert str(report.findings[0].message)


def test_an_empty_mapping_has_every_section_missing():
    (finding,) = check({}).findings
    assert (finding.kind, finding.severity) == ("unknown-family", "error")


def test_adapters_must_be_set_for_lora_and_gone_for_full():
    tuning = "training_config.model.peft.lora_tuning"
    left_out = {one.key: one for one in check(with_value(tuning, ...)).findings}[tuning]
    assert (left_out.severity, left_out.hint) == ("warning", None)
    full = with_value("training_config.model.peft.peft_scheme", None)
    assert errors(check(full)) == [tuning]
    full["training_config"]["model"]["peft"]["lora_tuning"] = {"alpha": "x", "beta": 1}
    assert errors(check(full)) == [tuning]


# ---- ??? and links ----


def test_a_value_that_is_to_be_filled_in_is_incomplete_and_nothing_else():
    for key in ("run.name", "run.replicas", "training_config.model.optim.lr"):
        report = check(with_value(key, "???"))
        assert [(f.severity, f.rule, f.key) for f in report.findings] == [
            ("incomplete", "unset", key)
        ]


def test_a_value_in_a_list_can_be_left_to_be_filled_in():
    report = check(with_value("training_config.model.optim.betas", [0.9, "???"]))
    assert [(f.severity, f.key) for f in report.findings] == [
        ("incomplete", "training_config.model.optim.betas.1")
    ]


@pytest.mark.parametrize(
    ("text", "severity", "rule"),
    [
        ("${run.nothing}", "error", "link-missing"),
        ("${recipes.run.nothing}", "error", "link-missing"),
        ("${training_config.save_steps}", "error", "link-cycle"),
        ("${.save_steps}", "error", "link-cycle"),
        ("${run.name", "error", "link-syntax"),
        ("${oc.env:HOME}", "error", "link-environment"),
        ("${oc.decode:1}", "error", "link-resolver"),
        ("${divide_ceil:1,0}", "error", "link-failed"),
        ("${training_config.max_length}", "incomplete", "link-unset"),
    ],
)
def test_a_link_without_a_value_is_one_finding_about_its_key(text, severity, rule):
    tree = with_value("training_config.max_length", "???")
    tree["training_config"]["save_steps"] = text
    report = check(tree)
    finding = by_key(report)["training_config.save_steps"]
    assert (finding.severity, finding.rule, finding.value) == (severity, rule, text)
    assert len(report.findings) == 2


def test_a_link_is_checked_for_the_value_it_leads_to():
    tree = with_value("run.replicas", "${oc.select:training_config.replicas}")
    tree["training_config"]["replicas"] = 5
    finding = by_key(check(tree))["run.replicas"]
    assert (finding.severity, finding.value) == ("error", 5)


LINKED = """\
run:
  name: my-run
  model_type: amazon.nova-micro-v1:0:128k
  model_name_or_path: nova-micro/prod
  replicas: 2
  data_s3_path: s3://acme/train.jsonl
  output_s3_path: s3://acme/out/
training_config:
  max_length: 8192
  save_steps: ${training_config.trainer.max_steps}
  global_batch_size: 64
  trainer: {max_steps: 160, num_nodes: "${...run.replicas}"}
  model:
    hidden_dropout: 0.0
    attention_dropout: ${.hidden_dropout}
    ffn_dropout: ${.hidden_dropout}
    optim:
      lr: 1.0e-5
      name: distributed_fused_adam
      adam_w_mode: true
      eps: 1.0e-6
      weight_decay: 0.0
      betas: [0.9, 0.999]
      sched: {warmup_steps: 10, constant_steps: 0, min_lr: 1.0e-6}
    peft: {peft_scheme: null}
"""


def indented(text):
    return "recipes:\n" + "".join(f"  {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("place", [str, indented])
def test_links_lead_to_the_same_values_at_the_root_and_under_recipes(file, place):
    assert file(place(LINKED)).findings == ()
    mounted = file(place(LINKED.replace("${...run.replicas}", "${recipes.run.replicas}")))
    assert [finding.rule for finding in mounted.findings] == ["hyperpod-links"]


@pytest.mark.parametrize("place", [str, indented])
def test_keys_are_told_from_the_recipes_own_root_wherever_it_stands(file, place):
    text = place(LINKED.replace("replicas: 2", "replicas: 3"))
    report = file(text)
    (finding,) = report.findings
    assert finding.key == "run.replicas"
    assert finding.origin.line == text.splitlines().index(finding.origin.text) + 1


# ---- origins ----


def test_the_origin_of_a_finding_in_a_file_is_its_line(file):
    text = LINKED.replace("warmup_steps: 10", "warmup_steps: 50")
    (finding,) = file(text).findings
    assert finding.key == "training_config.model.optim.sched.warmup_steps"
    line = text[: text.index("warmup_steps")].count("\n") + 1
    assert finding.origin.as_json() == {"file": "support-bot.yaml", "line": line}
    assert finding.origin.text[finding.origin.column - 1 :].startswith("50")


def test_the_origin_of_a_missing_key_is_the_mapping_that_it_is_missing_from(file):
    report = file(LINKED.replace("  max_length: 8192\n", "").replace("  name: my-run\n", ""))
    origins = {finding.key: finding.origin.text for finding in report.findings}
    assert origins == {"run.name": "run:", "training_config.max_length": "training_config:"}


def test_the_origin_of_an_override_is_its_own_text():
    report = check(compose([*HYPERPOD, "optim={lr: 7}", "replicas=5"]))
    assert {f.key.split(".")[-1]: f.origin.override for f in report.findings} == {
        "lr": "optim={lr: 7}",
        "replicas": "replicas=5",
    }


def test_a_rule_about_two_keys_comes_from_the_override_of_either():
    for override in ("lr=1e-6", "min_lr=1e-4"):
        (finding,) = check(compose([*HYPERPOD, override])).findings
        assert (finding.rule, finding.origin.override) == ("min-lr-below-lr", override)


def test_a_value_that_a_library_set_has_no_origin_yet():
    assert {finding.origin for finding in check(compose()).findings} == {None}


def test_numbers_in_a_file_that_are_none_are_errors(file):
    for text in ("1e999", ".nan", '"4"', "true"):
        finding = by_key(file(LINKED.replace("eps: 1.0e-6", f"eps: {text}")))[
            "training_config.model.optim.eps"
        ]
        assert (finding.severity, finding.rule) == ("error", "type")


def test_a_value_of_the_wrong_type_is_told_where_it_stands_and_not_again_at_each_link():
    overrides = ["+preset=quickstart_sft", "run.replicas='2'", "micro_batch_size='1'"]
    report = check(compose(overrides))
    assert errors(report) == ["run.replicas", "training_config.micro_batch_size"]
    # A link to a key of another type is wrong itself.
    report = check(compose(["run.name=${recipes.run.replicas}"]))
    assert errors(report) == ["run.name"]


def test_a_key_written_twice_is_an_error_at_the_second(file):
    (finding,) = file(LINKED.replace("replicas: 2", "replicas: 2\n  replicas: 4")).findings
    assert (finding.rule, finding.key, finding.origin.line) == ("duplicate-key", "run.replicas", 6)


def test_of_a_long_list_only_the_first_wrong_items_are_told_one_by_one(file):
    many = "".join("        - x\n" for _ in range(15_000))
    report = file(compose().to_yaml().replace("        - 0.9\n", many))
    wrong = [finding for finding in report.findings if "betas" in finding.key]
    assert [finding.kind for finding in wrong] == ["wrong-type"] * 5 + ["more-items"]
    assert wrong[-1].message == (
        "14,995 more values in training_config.model.optim.betas are wrong like these"
    )
