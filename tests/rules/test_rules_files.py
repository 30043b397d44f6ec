"""Rules files: what they may hold, what the shipped ones hold, and that a model is only files."""

import json
import os
import shutil
from pathlib import Path

import pytest

from hydra_recipes import check, compose
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, Library, builtin
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.evaluation import active_rules
from hydra_recipes.sources import active
from hydra_recipes.sources.active import active_libraries

NOVA_1 = "hydra_recipes.families.nova_1_sft:Nova1Sft"


@pytest.fixture
def team(tmp_path):
    """A library of one rules file."""

    def write(text, name="team"):
        path = tmp_path / "library" / "rules" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return Libraries((Library("team", path.parents[1]),))

    return write


FOR_ALL = """\
when: {model: nova-lite, method: sft}
source: our team
limits:
  short: {keys: {max_length: {maximum: 4096}}, because: Our samples are short.}
  small: {when: {method: dpo, peft: lora}, keys: {alpha: {maximum: 64}}, because: x, source: y}
  told: {identifies: model, keys: {run.name: {const: a}}, because: x}
rules:
  low: {require: lr < 1, message: too high, because: x}
aliases:
  rate: {names: [eta], key: lr}
"""


def test_what_a_file_says_once_holds_for_all_its_entries(team):
    book = rule_book(team(FOR_ALL))
    lite, sft = ("model", ("nova-lite",)), ("method", ("sft",))
    assert {entry.id: (entry.when.groups, entry.source) for entry in book.entries} == {
        "short": ((lite, sft), "our team"),
        "small": ((lite, ("method", ("dpo",)), ("peft", ("lora",))), "y"),
        "told": ((lite, sft), "our team"),
        "low": ((lite, sft), "our team"),
    }
    assert [alias.when.groups for alias in book.aliases] == [(lite, sft)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("when: nova\nlimits: {a: {because: x}}\n", "when can't be used: it has to be a mapping"),
        ("source: [x]\nlimits: {a: {because: x}}\n", "has to be text"),
    ],
)
def test_what_is_wrong_with_it_is_told_with_its_place(team, text, what):
    with pytest.raises(LibraryError) as error:
        rule_book(team(text))
    assert what in str(error.value)
    assert error.value.origin.line == 1


BROKEN = {
    # what is broken: the file, the kind of error, its line
    "not YAML": ("limits:\n  a: [", "bad-library-file", 2),
    "a list at the top": ("- limits\n", "bad-library-file", 1),
    "a single value": ("limits\n", "bad-library-file", 1),
    "an unknown section": ("groups: {}\nlimit: {}\n", "bad-rules-section", 2),
    "a section that is a list": ("groups: {}\nlimits: [a]\n", "bad-rules-entry", 2),
    "offers that are a mapping": ("groups: {}\noffers: {model: a}\n", "bad-rules-entry", 2),
    "an offer that is a word": ("offers:\n  - model: a\n  - nova\n", "bad-rules-entry", 3),
    "an offer of a number": ("offers:\n  - model: a\n    peft: [1]\n", "bad-rules-entry", 3),
    "an entry that is a list": ("limits:\n  a: []\n  b: {}\n", "bad-rules-entry", 2),
    "an id that is a number": ("limits:\n  7: {because: x}\n", "bad-rules-entry", 2),
    "an unknown field": ("limits:\n  a:\n    because: x\n    key: {}\n", "bad-rules-field", 4),
    "no because": ("limits:\n  a: {keys: {lr: {minimum: 0}}}\n", "bad-rules-entry", 2),
    "an empty because": ('limits:\n  a: {because: ""}\n', "bad-rules-entry", 2),
    "a because that is a list": ("limits:\n  a:\n    because: [x]\n", "bad-rules-entry", 3),
    "an unknown severity": (
        "limits:\n  a:\n    because: x\n    severity: fatal\n",
        "bad-rules-entry",
        4,
    ),
    "a when that is a word": (
        "limits:\n  a:\n    because: x\n    when: sft\n",
        "bad-rules-entry",
        4,
    ),
    "a when of a number": (
        "limits:\n  a:\n    because: x\n    when:\n      model: 3\n",
        "bad-rules-entry",
        5,
    ),
    "a when for all that is a word": (
        "when: sft\nlimits:\n  a: {because: x}\n",
        "bad-rules-entry",
        1,
    ),
    "a when for all of a number": (
        "limits:\n  a: {because: x, when: {peft: lora}}\nwhen: {model: 3}\n",
        "bad-rules-entry",
        3,
    ),
    "a when that is a word beside one for all": (
        "when: {method: sft}\nlimits:\n  a: {because: x, when: lora}\n",
        "bad-rules-entry",
        3,
    ),
    "a source for all that is a number": (
        "limits:\n  a: {because: x}\nsource: 3\n",
        "bad-rules-entry",
        3,
    ),
    "keys that are a list": (
        "limits:\n  a:\n    because: x\n    keys: [lr]\n",
        "bad-rules-entry",
        4,
    ),
    "a required that is a word": (
        "limits:\n  a:\n    because: x\n    required: lr\n",
        "bad-rules-entry",
        4,
    ),
    "an identifies beside its when": (
        "limits:\n  a:\n    because: x\n    when: {model: m}\n    identifies: peft\n",
        "bad-rules-entry",
        5,
    ),
    "an unknown keyword": (
        "limits:\n  a:\n    because: x\n    keys:\n      lr: {min: 0}\n",
        "bad-keyword",
        5,
    ),
    "an unknown keyword inside anyOf": (
        "limits:\n  a:\n    because: x\n    keys:\n      lr: {anyOf: [{const: 1}, {min: 0}]}\n",
        "bad-keyword",
        5,
    ),
    "an unknown keyword inside not": (
        "limits:\n  a:\n    because: x\n    keys:\n      lr: {not: {min: 0}}\n",
        "bad-keyword",
        5,
    ),
    "an unknown keyword inside items": (
        "limits:\n  a:\n    because: x\n    keys:\n      betas: {items: {items: {min: 0}}}\n",
        "bad-keyword",
        5,
    ),
    "a key without a schema": (
        "limits:\n  a:\n    because: x\n    keys:\n      lr:\n",
        "bad-keyword",
        5,
    ),
    "an enum that is no list": (
        "limits:\n  a:\n    because: x\n    keys:\n      lr: {enum: 3}\n",
        "bad-rules-entry",
        5,
    ),
    "a pattern that is none": (
        "limits:\n  a:\n    because: x\n    keys:\n      name: {pattern: '['}\n",
        "bad-rules-entry",
        5,
    ),
    "the same id twice in a file": (
        "limits:\n  a: {because: x}\n  a: {because: y}\n",
        "bad-library-file",
        3,
    ),
    "a rule without a require": ("rules:\n  a: {because: x, message: m}\n", "bad-rules-entry", 2),
    "a rule without a message": (
        "rules:\n  a: {because: x, require: lr < 1}\n",
        "bad-rules-entry",
        2,
    ),
    "a require that is no text": (
        "rules:\n  a:\n    because: x\n    message: m\n    require: true\n",
        "bad-rules-entry",
        5,
    ),
    "a family without a model": ("families:\n  a: {when: {model: m}}\n", "bad-rules-entry", 2),
    "a group about a number": ("groups:\n  model: {about: 3}\n", "bad-rules-entry", 2),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rules_file_is_named_with_its_line(team, what):
    text, kind, line = BROKEN[what]
    with pytest.raises(LibraryError) as caught:
        rule_book(team(text))
    assert caught.value.kind == kind
    assert Path(caught.value.origin.file).name == "team.yaml"
    assert caught.value.origin.line == line
    assert str(caught.value)


def test_an_id_that_another_file_has_is_taken(team):
    team("limits:\n  a: {because: x}\n", name="first")
    with pytest.raises(LibraryError) as caught:
        rule_book(team("rules: {}\nlimits:\n  a: {because: x}\n", name="second"))
    assert Path(caught.value.origin.file).name == "second.yaml"
    assert caught.value.origin.line == 3


RULE = "rules:\n  a:\n    because: x\n    message: m\n    require: {}\n"
LIMIT = "limits:\n  a:\n    because: x\n    {}\n"


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (RULE.format("min_lr <"), "bad-cel", 5),
        (RULE.format("name == 'x'"), "ambiguous-rule-key", 5),
        (LIMIT.format("keys: {name: {minLength: 1}}"), "ambiguous-rule-key", 4),
        (LIMIT.format("required: [name]"), "ambiguous-rule-key", 4),
    ],
)
def test_an_entry_that_cannot_be_used_for_a_family_is_named_with_its_line(team, text, kind, line):
    book = rule_book(team(text))
    with pytest.raises(LibraryError) as caught:
        active_rules(book, {}, NOVA_1)
    assert caught.value.kind == kind
    assert caught.value.origin.line == line


FAMILIES = """\
families:
  first: {when: {model: a}, model: "hydra_recipes.families.nova_1_sft:Nova1Sft"}
  second: {when: {model: b}, model: "hydra_recipes.families.nova_2_sft:Nova2Sft"}
"""


def test_an_entry_about_keys_of_another_family_is_left_out(team):
    limit = "limits: {a: {because: x, keys: {adam_beta1: {minimum: 0}}, required: [adam_beta1]}}"
    rule = "rules: {b: {because: x, message: m, require: adam_beta1 < 1}}"
    active = active_rules(rule_book(team(f"{FAMILIES}{limit}\n{rule}\n")), {}, NOVA_1)
    assert active.limits == active.required == active.rules == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (LIMIT.format("keys: {warmup_stepz: {minimum: 1}}"), 9),
        (LIMIT.format("required: [warmup_stepz]"), 9),
        (RULE.format("lr < 1.0 && warmup_stepz > 1"), 10),
    ],
)
def test_an_entry_about_a_key_that_no_family_has_is_named_with_its_line(team, text, line):
    with pytest.raises(LibraryError) as caught:
        active_rules(rule_book(team(FAMILIES + "# and\n# more\n" + text)), {}, NOVA_1)
    error = caught.value
    assert (error.kind, error.origin.line) == ("unknown-rule-key", line)
    assert "warmup_steps" in str(error)


OVERRIDDEN = """\
when: {model: nova-lite, method: [sft, dpo]}
source: guide
limits:
  plain: {because: x}
  narrow: {when: {method: dpo, peft: lora}, identifies: model, because: x, source: jobs guide}
rules:
  plain-rule: {require: lr < 1.0, message: m, because: x}
  narrow-rule: {when: {peft: full}, require: lr < 1.0, message: m, because: x, source: SDK}
aliases:
  steps: {names: [passes], key: max_steps}
  epochs: {when: {model: nova-pro}, names: [rounds], key: max_epochs}
families:
  own: {model: "hydra_recipes.families.nova_1_sft:Nova1Sft"}
"""


def test_when_and_source_at_the_top_are_for_all_entries_that_do_not_say_otherwise(team):
    book = rule_book(team(OVERRIDDEN))
    lite, both = ("model", ("nova-lite",)), ("method", ("sft", "dpo"))
    assert {entry.id: (entry.when.groups, entry.source) for entry in book.entries} == {
        "plain": ((lite, both), "guide"),
        "narrow": ((lite, ("method", ("dpo",)), ("peft", ("lora",))), "jobs guide"),
        "plain-rule": ((lite, both), "guide"),
        "narrow-rule": ((lite, both, ("peft", ("full",))), "SDK"),
    }
    assert {alias.id: alias.when.groups for alias in book.aliases} == {
        "steps": (lite, both),
        "epochs": (("model", ("nova-pro",)), both),
    }
    assert [family.when.groups for family in book.families] == [()]


def test_a_limit_may_identify_a_group_that_its_file_names(team):
    (narrow,) = (limit for limit in rule_book(team(OVERRIDDEN)).limits if limit.identifies)
    assert narrow.id == "narrow"
    with pytest.raises(LibraryError) as caught:
        rule_book(team(OVERRIDDEN.replace("model: nova-lite, method", "method", 1)))
    assert caught.value.origin.line == 5


def test_an_empty_rules_file_holds_nothing(team):
    assert rule_book(team("# nothing yet\n")).limits == ()


def test_a_changed_rules_file_is_read_again(team):
    shelf = team("limits: {a: {because: x}}")
    assert [limit.id for limit in rule_book(shelf).limits] == ["a"]
    shelf = team("limits: {b: {because: x}}")
    path = shelf.members[0].rules_files()[0]
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    assert [limit.id for limit in rule_book(shelf).limits] == ["b"]


# ---- a model is one option file and one rules file ----

MODEL = """\
# @package recipes.run
# Nova X: made up.
model_type: amazon.nova-x-v1:0:64k
model_name_or_path: nova-x/prod
replicas: 5
"""
RULES = """\
offers:
  - model: nova-x
    generation: nova-1
    optimizer: distributed_fused_adam
    method: sft
    peft: [lora, full]
    hardware: [p5, p4d]
limits:
  nova-x-type:
    when: {model: nova-x}
    identifies: model
    keys: {run.model_type: {const: "amazon.nova-x-v1:0:64k"}}
    because: This is the model type of Nova X.
  nova-x-replicas:
    when: {model: nova-x}
    keys: {run.replicas: {enum: [5, 10]}}
    because: Nova X trains on 5 or 10 instances.
"""


@pytest.fixture
def nova_x(tmp_path, monkeypatch):
    """The library with one more model: two files."""
    root = tmp_path / "conf"
    shutil.copytree(builtin().root, root)
    (root / "model" / "nova-x.yaml").write_text(MODEL)
    (root / "rules" / "nova-x.yaml").write_text(RULES)
    monkeypatch.setattr(active, "builtin", lambda: Library("nova", root))
    return active_libraries()


def test_a_model_that_was_added_composes_and_checks(nova_x):
    good = compose(["model=nova-x", "peft=full", "hardware=p4d"])
    assert good["run.model_type"] == "amazon.nova-x-v1:0:64k"
    assert good.choices["optimizer"] == "distributed_fused_adam"
    assert check(good).valid
    told = check(compose(["model=nova-x", "run.replicas=4"])).findings[0]
    assert (told.rule, told.origin.override) == ("nova-x-replicas", "run.replicas=4")
    refused = check(compose(["model=nova-x", "hardware=g5-12x"]))
    assert [finding.kind for finding in refused.findings] == ["not-offered"]


def test_a_model_that_was_added_is_told_from_a_plain_tree(nova_x):
    tree = compose(["model=nova-x"]).resolved()
    tree["run"]["replicas"] = 2
    report = check(tree)
    assert report.choices["model"] == "nova-x"
    assert [f.rule for f in report.findings if f.severity == "error"] == ["nova-x-replicas"]


def test_a_model_that_was_added_is_listed_and_has_a_schema(nova_x, recipe):
    listed = recipe("list", "model")
    assert (listed.status, "nova-x" in listed.out) == (0, True)
    about = recipe("list", "model/nova-x")
    assert (about.status, "5 or 10" in about.out) == (0, True)
    answer = recipe("schema", "model=nova-x")
    assert answer.status == 0
    run = json.loads(answer.out)["properties"]["run"]
    assert "[5, 10]" in json.dumps(run)


def test_without_its_two_files_there_is_no_such_model(recipe):
    assert recipe("compose", "model=nova-x").status == 2
