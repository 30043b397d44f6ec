"""What recognition decides by a single operator, in libraries small enough to show it."""

import pytest

from hydra_recipes import check, compose
from hydra_recipes.checking.composed import check_tree
from hydra_recipes.checking.methods import told_methods
from hydra_recipes.checking.recognition import recognise
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries
from support.team_libraries import write_library

CONFIG = "defaults: [_self_, model: one]\nrecipes: {}\n"


@pytest.fixture
def library(tmp_path):
    """Writes a library of options and a rules file, alone in force."""

    def write(rules, options=()):
        files = {name: f"# {name}\n" for name in ("model/one", "model/two", "model/three")}
        return Libraries(
            (
                Library(
                    "own",
                    write_library(
                        tmp_path, {**files, **dict(options), "rules/own": rules, "config": CONFIG}
                    ),
                ),
            )
        )

    return write


def checked(tree, shelf, hints=None, *, foreign=False):
    return check_tree("it", tree, {}, hints or {}, lambda *_: None, (), shelf, foreign=foreign)


# ---- the evidence of a method, in words ----

KTO = """\
families:
  own: {when: {method: sft}, schema: {type: object, properties: {run: {type: object}}}}
offers: [{method: sft}]
methods:
  kto:
    about: thumbs
    told_by:
      - {objective: {const: kto}}
      - {thumbs: true}
      - {style: {const: kto}, weight: {minimum: 1}}
      - {judge: true, loss: {const: kto}, pairs: false, peft: false}
"""
EVIDENCE = {
    "objective: kto": {"run": {"objective": "kto"}},
    "run.thumbs": {"run": {"thumbs": {"up": 1}}},
    "run.style and run.weight": {"run": {"style": "kto", "weight": 2}},
    "run.judge and loss without pairs or peft": {"run": {"judge": 1}, "loss": "kto"},
}


@pytest.mark.parametrize("words", EVIDENCE)
def test_evidence_is_told_in_words(library, words):
    (finding,) = checked(EVIDENCE[words], library(KTO), foreign=True).findings
    words = words.replace("objective:", "run.objective:")
    assert f"is a recipe of the method kto (thumbs), told by {words}; there are" in finding.message
    path = ".".join(finding.detail.path)
    assert words.startswith(path)
    assert path


@pytest.mark.parametrize(
    "tree",
    [
        {"objective": "sft"},
        {"style": "kto", "weight": 0},
        {"style": "kto"},
        {"judge": 1, "loss": "kto", "peft": None},
        {"judge": 1},
    ],
)
def test_a_part_of_the_evidence_tells_nothing(library, tree):
    assert told_methods(rule_book(library(KTO)), {"run": tree}, {}) == ()


def test_a_method_whose_block_stands_at_a_wrong_place_is_told_once():
    book = rule_book(active_libraries())
    told = told_methods(book, {"dpo_cfg": {"beta": 0.1}}, {})
    assert [one.method.id for one in told] == ["dpo"]


@pytest.mark.parametrize("value", [7, None, ["dpo"], True])
def test_only_a_text_has_the_pattern_of_a_method(value):
    book = rule_book(active_libraries())
    assert told_methods(book, {"training_config": {"task_type": value}}, {}) == ()


def test_the_value_that_names_another_method_is_no_block_of_it():
    tree = compose(["method=rft"]).resolved()
    tree["training_config"]["task_type"] = "cpt"
    report = check(tree)
    assert report.choices["method"] == "rft"
    assert "mixed-methods" not in {finding.rule for finding in report.findings}


def test_without_families_for_methods_no_recipe_is_of_a_foreign_one(library):
    rules = KTO.replace("{when: {method: sft}, ", "{")
    report = checked({"run": {"objective": "kto"}}, library(rules), foreign=True)
    assert "other-method" not in {finding.kind for finding in report.findings}


FOREIGN = (
    KTO
    + """\
  sft: {about: examples, told_by: [{examples: false, answers: true}, {examples: true}]}
"""
)


@pytest.mark.parametrize("run", [{}, {"x": 1}, {"examples": 1}, {"answers": 1}])
def test_a_recipe_of_a_known_method_or_of_none_is_no_foreign_one(library, run):
    report = checked({"run": run}, library(FOREIGN), foreign=True)
    assert "other-method" not in {finding.kind for finding in report.findings}


@pytest.mark.parametrize(
    ("run", "hints", "methods"),
    [
        ({"answers": 1}, {}, ["sft"]),
        ({"answers": 1}, {"method": "kto"}, ["sft"]),  # no family is for it
        ({"answers": 1}, {"method": "sft"}, []),  # what is missing tells nothing any more
        ({"examples": 1}, {"method": "sft"}, ["sft"]),
        ({"thumbs": 1}, {"method": "sft"}, ["kto"]),
    ],
)
def test_where_the_method_is_known_what_is_missing_is_no_evidence(library, run, hints, methods):
    told = told_methods(rule_book(library(FOREIGN)), {"run": run}, hints)
    assert [one.method.id for one in told] == methods


# ---- which combination ----

TWO_SHAPES = """\
families:
  first: {when: {model: one}, schema: &shape {type: object, required: [a, b],
    properties: {a: {type: integer}, b: {type: integer}}}}
  second: {when: {model: two}, schema: {<<: *shape, required: [c, d, e],
    properties: {a: {type: integer}, x: {type: integer}, c: {type: integer}, d: {type: integer},
      e: {type: integer}}}}
offers: [{model: [one, two, three]}]
"""


@pytest.mark.parametrize(
    ("tree", "model"),
    [
        ({"a": 1, "b": 1}, "one"),
        ({"a": 1, "x": 1}, "two"),  # three keys are missing; of one, x is unknown and b is missing
        ({"a": "text", "x": "text"}, "two"),
        ({"a": 1}, "one"),  # both know it, and less is missing
        ({"a": 1, "b": 1, "x": 1, "zzz": 1}, "one"),
    ],
)
def test_the_shape_with_fewest_unknown_keys_fits_best(library, tree, model):
    shelf = library(TWO_SHAPES)
    recognised = recognise(rule_book(shelf), tree, {}, {})
    assert [choices["model"] for choices in recognised.candidates] == [model]
    assert (recognised.offered, recognised.unknown) == (True, ())
    assert checked(tree, shelf).choices == {"model": model}


def test_a_model_without_a_family_is_taken_where_it_is_told(library):
    rules = TWO_SHAPES + (
        "limits: {three: {when: {model: three}, identifies: model, because: x,\n"
        "  keys: {kind: {const: 3}}}}\n"
    )
    (finding,) = checked({"a": 1, "kind": 3}, library(rules), {"model": "three"}).findings
    assert finding.kind == "no-family"


SHAPE = "families: {own: {schema: {type: object, properties: {run: {type: object}}}}}\n"
NOT_OFFERED = (
    SHAPE
    + """\
offers: [{model: one, peft: lora}, {model: two, peft: full}]
limits:
  one: {when: {model: one}, identifies: model, keys: {kind: {const: 1}}, because: x}
  two: {when: {model: two}, identifies: model, keys: {kind: {const: 2}}, because: x}
  either: {when: {model: [one, two]}, identifies: model, keys: {kind: {const: 3}}, because: x}
  full: {when: {peft: full}, identifies: peft, keys: {rank: {const: full}}, because: x}
"""
)


def test_what_no_offer_has_together_is_recognised_as_not_offered(library):
    tree = {"run": {"kind": 1, "rank": "full"}}
    options = {"peft/lora": "# lora\n", "peft/full": "# full\n"}
    shelf = library(NOT_OFFERED, options)
    recognised = recognise(rule_book(shelf), tree, {}, {})
    assert recognised.candidates == ({"model": "one", "peft": "full"},)
    assert (recognised.offered, recognised.unknown) == (False, ())
    assert recognised.told == {"model", "peft"}
    (finding,) = checked(tree, shelf).findings
    assert finding.kind == "not-offered"


ZONES = (
    SHAPE
    + """\
offers:
  - {model: one, peft: lora, hardware: small, zone: east}
  - {model: two, peft: full, hardware: big, zone: west}
"""
)


@pytest.mark.parametrize(
    ("hints", "zone"),
    [
        ({"model": "one", "peft": "full", "hardware": "big"}, "west"),
        ({"model": "two", "peft": "lora", "hardware": "small"}, "east"),
    ],
)
def test_the_closest_offer_tells_the_groups_that_nothing_tells(library, hints, zone):
    recognised = recognise(rule_book(library(ZONES)), {"run": {}}, hints, {})
    assert recognised.candidates == ({**hints, "zone": zone},)
    assert not recognised.offered


@pytest.mark.parametrize(
    ("tree", "hints", "candidates"),
    [
        ({"kind": 1}, {"model": "three"}, [("three", "lora")]),  # three is a kind of one
        ({"kind": 1}, {"model": "four"}, [("four", "lora")]),
        ({"kind": 2}, {"model": "three"}, [("two", "full")]),
        ({"kind": 2}, {"model": "one"}, [("two", "full")]),
        ({}, {"model": "three"}, [("three", "lora")]),
        ({}, {"peft": "full"}, [("two", "full")]),
        ({}, {}, [("one", "lora"), ("two", "full")]),
        ({"kind": 3}, {"model": "three"}, [("three", "lora"), ("two", "full")]),
    ],
)
def test_an_option_that_extends_another_takes_its_place_where_that_is_meant(
    library, tree, hints, candidates
):
    options = {
        "peft/lora": "# lora\n",
        "peft/full": "# full\n",
        "model/three": "defaults: [one, _self_]\n",
        "model/four": "defaults: [one, _self_]\n",
    }
    book = rule_book(library(NOT_OFFERED, options))
    recognised = recognise(book, {"run": tree}, hints, {})
    assert [(choices["model"], choices["peft"]) for choices in recognised.candidates] == candidates
    assert recognised.unknown == (("model", "peft") if len(candidates) > 1 else ())


def test_without_offers_the_defaults_and_the_hints_are_taken(library):
    book = rule_book(library(SHAPE))
    defaults = {"model": "one", "peft": "lora", "shape": "${model}", "tags": ["a", "b"]}
    recognised = recognise(book, {"run": {}}, {"model": "two"}, defaults)
    assert recognised.candidates == ({"model": "two", "peft": "lora"},)
    assert recognised.offered


def test_a_candidate_without_a_family_stays_beside_those_of_the_only_one(library):
    rules = (
        SHAPE.replace("{schema", "{when: {model: one}, schema") + "offers: [{model: [one, two]}]\n"
    )
    recognised = recognise(rule_book(library(rules)), {"run": {}}, {}, {})
    assert recognised.candidates == ({"model": "one"}, {"model": "two"})
    assert recognised.unknown == ("model",)


METHODS = """\
families:
  first: {when: {method: sft}, schema: &shape {type: object, properties: {run: {type: object}}}}
  second: {when: {method: dpo}, schema: {<<: *shape, title: second}}
offers: [{method: [sft, dpo], peft: [lora, full]}]
methods:
  sft: {about: examples, told_by: [{kind: {const: sft}}, {examples: true}]}
  dpo: {about: pairs, told_by: [{pairs: true}]}
limits:
  any: {identifies: peft, when: {peft: lora}, keys: {rank: {const: 8}}, because: x}
  dpo: {identifies: peft, when: {method: dpo, peft: full}, keys: {rank: {const: 9}}, because: x}
  none: {identifies: peft, when: {method: dpo, peft: full}, keys: {rank: false}, because: x}
"""
OPTIONS = {
    "peft/lora": "# lora\n",
    "peft/full": "# full\n",
    "method/sft": "# sft\n",
    "method/dpo": "# dpo\n",
}


@pytest.mark.parametrize(
    ("run", "pefts"),
    [
        ({"examples": 1, "rank": 8}, ["lora"]),
        ({"examples": 1, "rank": 9}, ["lora", "full"]),  # only of dpo that would tell
        ({"examples": 1}, ["lora", "full"]),
        ({"pairs": 1, "rank": 8}, ["lora"]),
        ({"pairs": 1, "rank": 9}, ["full"]),
        ({"pairs": 1}, ["full"]),
        ({"rank": 9}, ["full"]),
        ({}, ["lora", "full"]),  # of no method that is told, what is missing says nothing
    ],
)
def test_limits_of_another_method_tell_nothing(library, run, pefts):
    book = rule_book(library(METHODS, OPTIONS))
    recognised = recognise(book, {"run": run}, {}, {})
    assert [choices["peft"] for choices in recognised.candidates] == pefts


@pytest.mark.parametrize(
    ("defaults", "method"), [({"method": "dpo"}, "dpo"), ({"method": "sft"}, "sft"), ({}, "sft")]
)
def test_of_methods_that_fit_alike_the_usual_one_is_meant(library, defaults, method):
    book = rule_book(library(METHODS, OPTIONS))
    recognised = recognise(book, {"run": {}}, {}, defaults)
    assert {choices["method"] for choices in recognised.candidates} == {method}


def test_a_hint_that_the_recipe_contradicts_is_dropped_where_no_offer_names_its_group(library):
    rules = METHODS.replace(", peft: [lora, full]", "")
    book = rule_book(library(rules, OPTIONS))
    run = {"examples": 1, "rank": 8}
    recognised = recognise(book, {"run": run}, {"peft": "full"}, {})
    assert recognised.candidates == ({"method": "sft"},)
    assert recognised.told == {"method", "peft"}


@pytest.mark.parametrize(
    ("run", "method"),
    [
        ({"examples": 1, "pairs": 1}, "dpo"),  # blocks of both: it may be either
        ({"kind": "sft", "pairs": 1}, "sft"),  # a value that names the method is clear
    ],
)
def test_of_two_methods_that_are_told_either_may_be_meant_unless_one_is_named(library, run, method):
    book = rule_book(library(METHODS, OPTIONS))
    recognised = recognise(book, {"run": run}, {}, {"method": "dpo"})
    assert [one.method.id for one in recognised.methods] == ["sft", "dpo"]
    assert {choices["method"] for choices in recognised.candidates} == {method}


def test_a_method_without_a_family_is_told_and_not_chosen(library):
    recognised = recognise(rule_book(library(FOREIGN)), {"run": {"thumbs": 1}}, {}, {})
    assert [one.method.id for one in recognised.methods] == ["kto"]
    assert (recognised.candidates, recognised.offered) == (({"method": "sft"},), True)


@pytest.mark.parametrize(
    ("tree", "models"),
    [
        ({"run": {"kind": 1}}, ["one"]),
        ({"run": {"kind": 1}, "other": {"kind": 1}}, ["one", "two"]),  # which is it?
        ({"run": {"rank": 1}}, ["one", "two"]),
        ({"run": {}}, ["two"]),
    ],
)
def test_one_key_that_is_there_or_missing_tells_an_option(library, tree, models):
    rules = (
        SHAPE
        + """\
offers: [{model: [one, two]}]
limits:
  one: {when: {model: one}, identifies: model, keys: {kind: {const: 1}}, because: x}
  two: {when: {model: two}, identifies: model, keys: {kind: false, rank: false}, because: x}
"""
    )
    recognised = recognise(rule_book(library(rules)), tree, {}, {})
    assert [choices["model"] for choices in recognised.candidates] == models
