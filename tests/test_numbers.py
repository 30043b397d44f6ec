"""Numbers of hundreds of digits, and those that aren't finite: told, and never in the way."""

import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

from hydra_recipes import RecipeError, check, compose
from hydra_recipes.documents.emitter import to_json, to_yaml
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError, OutputError
from hydra_recipes.numbers import MAX_DIGITS, as_double, as_number, is_finite, is_too_long
from hydra_recipes.repair.values import accepted, distance, fitting
from hydra_recipes.rules.allowed import nearest
from support.team_libraries import write_library

HUGE = 10**310 - 1
LONGEST = 10**MAX_DIGITS - 1
KEYS = ("warmup_steps", "run.replicas", "lr", "max_length", "global_batch_size")


def rules_of(*overrides, **more):
    return {one.rule for one in check(compose(list(overrides), **more)).findings}


def test_a_number_is_as_near_to_a_double_as_can_be():
    assert as_double(HUGE) == math.inf
    assert as_double(-HUGE) == -math.inf
    assert as_double(Fraction(1, 2)) == 0.5
    assert as_number(Fraction(HUGE)) == HUGE
    assert [is_finite(one) for one in (HUGE, 1.5, math.inf, math.nan, True, "1", None)] == [
        *(True, True, False, False, False, False, False)
    ]
    assert (is_too_long(LONGEST), is_too_long(-LONGEST - 1)) == (False, True)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [HUGE, -HUGE, LONGEST, -LONGEST, "inf", "-inf", "nan", "1e400"])
def test_a_number_beyond_all_doubles_is_a_finding(recipe, key, value):
    ran = recipe("check", f"{key}={value}", "--json")
    answer = json.loads(ran.out)
    assert (ran.status, answer["valid"]) == (1, False)
    assert any((one["key"] or "").endswith(key) for one in answer["findings"])


@pytest.mark.parametrize("name", ["replicas", "max_length", "lr", "name"])
@pytest.mark.parametrize("value", [str(HUGE), f"-{LONGEST}", f"0x{'f' * 300}", ".inf", ".nan"])
def test_a_file_with_such_a_number_is_checked_and_mended(recipe, name, value):
    text = re.sub(rf"(\b{name}:).*", rf"\1 {value}", compose().to_yaml())
    Path("a.yaml").write_text(text)
    assert recipe("check", "a.yaml").status == 1
    for command in ("diff a.yaml model=nova-micro", "import a.yaml", "explain lr a.yaml"):
        assert recipe(*command.split()).status in (0, 1)
    fixed = recipe("check", "a.yaml", "--fix")
    assert fixed.status in (0, 1)
    assert parse_document(Path("a.yaml").read_text(), "a.yaml")


@pytest.mark.parametrize("where", ["1", "1.0", "-3", "0"])
def test_a_sweep_leaves_such_points_out_and_says_why(recipe, where):
    axis = f"warmup_steps={where},5,{HUGE},-{LONGEST},inf,nan"
    ran = recipe("sweep", axis, "--plan", "--where", f"warmup_steps < {10**18}", "--json")
    assert (ran.status, json.loads(ran.out)["asked"]) == (0, 6)


def test_a_rule_and_a_limit_with_such_a_bound_are_used(tmp_path):
    bound = f"limits: {{big: {{keys: {{warmup_steps: {{minimum: {HUGE}}}}}, because: x.}}}}\n"
    rule = f"rules: {{r: {{require: 'lr < 1e300', message: m, because: x.}}}}\n{bound}"
    write_library(tmp_path / "team", {"rules/x": rule})
    found = check(compose(["lr=inf"], libraries=[tmp_path / "team"])).findings
    assert {"big", "type"} <= {one.rule for one in found}


@pytest.mark.parametrize(
    "link", ["${add:N,1}", "${multiply:N,0.5}", "${divide_ceil:N,3}", "${divide_floor:1.5,N}"]
)
def test_arithmetic_of_links_with_such_a_number_has_a_result_or_a_finding(link):
    for number in (HUGE, -LONGEST, "inf", "nan"):
        found = check(compose([f"warmup_steps={link.replace('N', str(number))}"]))
        assert not found.valid or found.findings


@pytest.mark.parametrize("digits", [5_000, 50_000])
def test_a_tree_with_a_number_that_no_file_could_hold_is_a_finding(digits):
    number = 1 << digits * 4
    for tree in ({"run": {"replicas": number}}, {"run": {number: 1}}, {"a": [[number]]}):
        (found,) = check(tree).findings
        assert (found.rule, f"{MAX_DIGITS:,} digits" in found.message) == ("too-many-digits", True)


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        (str(LONGEST), True),
        (f"-{LONGEST}", True),
        (f"{LONGEST}0", False),
        (f"-{LONGEST}0", False),
        (f"0x{'f' * 990}", False),
    ],
)
def test_what_is_read_can_be_written_and_read_again(text, readable):
    if not readable:
        with pytest.raises(DocumentError) as caught:
            parse_document(f"a: {text}\n", "f")
        assert caught.value.kind == "too-many-digits"
        return
    tree = parse_document(f"a: {text}\n", "f").tree
    assert parse_document(to_yaml(tree), "f").tree == tree
    assert parse_document(to_json(tree), "f").tree == tree


def test_a_number_of_base_60_beyond_all_doubles_is_told():
    with pytest.raises(DocumentError) as caught:
        parse_document(f"a: 1{':00' * 300}.5\n", "f")
    assert caught.value.kind == "bad-scalar"


@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_json_says_which_number_it_has_no_word_for(value):
    found = compose([f"lr={value}"])
    with pytest.raises(OutputError, match=r"optim\.lr is -?\.(inf|nan), which JSON") as caught:
        found.to_json()
    assert isinstance(caught.value, RecipeError)
    assert parse_document(found.to_yaml(), "f").tree["training_config"]


def test_json_answers_hold_keys_that_are_not_finite(recipe):
    Path("a.yaml").write_text("run: {.inf: 1, .nan: 2}\n")
    for words in (["check", "a.yaml"], ["diff", "a.yaml", "model=nova-lite"]):
        ran = recipe(*words, "--json")
        assert ran.status == 1
        assert json.loads(ran.out)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (HUGE, 1),
        (1, HUGE),
        (1e308, 5e-324),
        (5e-324, 1e308),
        (HUGE, 0.5),
        (-HUGE, 1),
        (-1e308, 1e308),
    ],
)
def test_a_distance_is_a_number_however_far(value, other):
    assert math.isfinite(distance(value, other))
    assert distance(value, other) > 1


def test_the_nearest_of_such_numbers_is_found():
    assert fitting(HUGE, [{"enum": [2, 4, 8]}]) == [8, 4, 2]
    assert fitting(5, [{"minimum": HUGE}]) == [HUGE]
    assert nearest(1.0, {"enum": [math.inf, 3]}) == 3
    assert nearest(HUGE, {"multipleOf": 0.5, "maximum": 10}) == 10
    assert accepted(HUGE, [], lambda one: one < 10) == [9]
    assert accepted(5, [], lambda one: one > HUGE // 10**305) == [HUGE // 10**305 + 1]
    assert accepted(1e308, [], lambda one: one < 1e-300)[0] < 1e-300
    assert accepted(math.inf, [], lambda one: True) == []
    assert all(map(is_finite, accepted(1.0, [{"minimum": 2}], lambda one: one > 1e307)))


@pytest.mark.parametrize("text", ["9" * 400 + ".5", "1e999", "inf"])
def test_text_that_is_no_number_one_may_type_is_not_suggested(recipe, text):
    for key in ("run.replicas", "lr"):
        ran = recipe("check", f'{key}="{text}"')
        assert ran.status == 1
        assert f"{key}=inf" not in ran.out


def test_a_python_that_reads_fewer_digits_says_so(recipe_process):
    for digits in (640, 700):
        words = ("check", f"warmup_steps={'9' * digits}")
        ran = recipe_process(*words, PYTHONINTMAXSTRDIGITS="640")
        assert (ran.status, "Traceback" in ran.err) == (1 if digits == 640 else 2, False)
    assert "more than 640 digits" in ran.err
