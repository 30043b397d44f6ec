"""The method of a recipe: what tells it, and what is said where two or none are told."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes import check, compose
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.documents.emitter import to_yaml
from support.places import SHARED

SFT = compose(["model=nova-lite"]).resolved()
PUBLISHED = SHARED / "published" / "nova.json"


def without(tree, *path):
    """A copy of a tree without a key."""
    tree = json.loads(json.dumps(tree))
    node = tree
    for key in path[:-1]:
        node = node[key]
    node.pop(path[-1], None)
    return tree


def with_key(tree, key, value):
    """A copy of a tree with a key."""
    tree = json.loads(json.dumps(tree))
    node = tree
    *parents, last = key.split(".")
    for part in parents:
        node = node.setdefault(part, {})
    node[last] = value
    return tree


RUN = {"run": SFT["run"]}
CPT = without(SFT, "training_config", "model", "peft")
TOLD = {
    "sft": (SFT, "sft"),
    "dpo": (with_key(SFT, "training_config.model.dpo_cfg.beta", 0.1), "dpo"),
    "dpo at a wrong place": (with_key(SFT, "dpo_cfg", {"beta": 0.1}), "dpo"),
    "cpt by its shape": (CPT, "cpt"),
    "cpt by its type": (with_key(SFT, "training_config.task_type", "cpt"), "cpt"),
    "cpt in capitals": (with_key(CPT, "training_config.task_type", "CPT"), "cpt"),
    "sft by its type": (with_key(CPT, "training_config.task_type", "sft"), "sft"),
    "dpo by its type": (with_key(SFT, "training_config.task_type", "dpo"), "dpo"),
    "ppo": (with_key(RUN, "ppo_critic.max_length", 8192), "ppo"),
    "ppo alone": ({"ppo_reward": {"max_length": 1}, "ppo_critic": {}}, "ppo"),
    "rft": (with_key(RUN, "training_config.rollout.rewards", {}), "rft"),
    "distillation": (compose(["method=distillation"]).resolved(), "distillation"),
    "mtrl": ({"run": {"name": "x", "model_type": "mtrl"}, "rollout": {"timeout": 600.0}}, "mtrl"),
    "evaluation": (with_key(RUN, "evaluation.task", "mmlu"), "evaluation"),
}


@pytest.mark.parametrize("name", TOLD)
def test_the_method_is_told_by_its_evidence(name):
    tree, method = TOLD[name]
    assert check(tree).choices["method"] == method


def rules(report):
    return {finding.kind: finding for finding in report.findings}


def test_what_makes_it_another_method_is_said_where_absence_tells_it():
    finding = rules(check(CPT))["told-by-absence"]
    assert finding.severity == "warning"
    assert finding.message.startswith("this is read as a recipe of cpt (continued pre-training)")
    assert "training_config.model.optim without task_type, peft" in finding.message
    assert finding.hint == "for sft, add training_config.model.peft.peft_scheme"


@pytest.mark.parametrize(
    ("line", "method"),
    [("# recipe compose model=nova-lite\n", "sft"), ("# recipe compose method=cpt\n", "cpt")],
)
def test_a_first_line_that_names_the_method_outweighs_what_is_missing(tmp_path, line, method):
    (tmp_path / "mine.yaml").write_text(line + to_yaml(CPT))
    report = check_file(tmp_path / "mine.yaml")
    assert report.choices["method"] == method
    assert "told-by-absence" not in rules(report)
    assert ("missing-key" in rules(report)) == (method == "sft")


MIXED = {
    "sft with a part of ppo": (with_key(SFT, "ppo_reward.max_length", 8192), "sft", "ppo"),
    "sft with a rollout": (
        with_key(SFT, "training_config.rollout.rewards", {}),
        "sft",
        "rft",
    ),
    "rft with preference pairs": (
        with_key(
            compose(["method=rft"]).resolved(), "training_config.model.dpo_cfg", {"beta": 0.1}
        ),
        "rft",
        "dpo",
    ),
    "evaluation with a teacher": (
        with_key(
            compose(["method=evaluation"]).resolved(), "training_config.distillation_data", "true"
        ),
        "evaluation",
        "distillation",
    ),
}


@pytest.mark.parametrize("name", MIXED)
def test_blocks_of_two_methods_are_told_with_both(recipe, tmp_path, name):
    tree, method, other = MIXED[name]
    report = check(tree)
    finding = rules(report)["mixed-methods"]
    assert report.choices["method"] == method
    assert finding.severity == "error"
    assert f"is a block of the method {other}" in finding.message
    assert f"one of {method}" in finding.message
    (tmp_path / "mine.yaml").write_text(to_yaml(tree))
    answer = json.loads(recipe("check", "mine.yaml", "--json").out)
    place = next(f for f in answer["findings"] if f["rule"] == "mixed-methods")["origin"]
    line = to_yaml(tree).splitlines()[place["line"] - 1]
    assert line.strip().startswith(finding.key.rpartition(".")[2])


@pytest.mark.parametrize("method", ["sft", "dpo", "cpt", "ppo", "rft", "distillation", "mtrl"])
def test_a_recipe_of_one_method_mixes_nothing(method):
    report = check(compose([f"method={method}"]).resolved())
    assert report.choices["method"] == method
    assert "mixed-methods" not in rules(report)
    assert ("told-by-absence" in rules(report)) == (method == "cpt")


def test_a_recipe_of_no_known_shape_gets_one_finding():
    for tree in ({}, {"services": {"web": {"image": "x"}}}, {"run": {"a": 1, "b": 2}}):
        (finding,) = check(tree).findings
        assert finding.kind == "unknown-family"


def test_a_part_of_a_recipe_is_held_against_the_families_of_its_method():
    (finding,) = check(with_key(RUN, "training_config.distillation_data", "true")).findings
    assert finding.message.startswith(
        "this is a recipe of no known family (distillation); for the nearest, distillation, "
    )


def test_two_methods_are_the_first_thing_that_a_difference_says(recipe, tmp_path):
    (tmp_path / "dpo.yaml").write_text(to_yaml(compose(["method=dpo"]).resolved()))
    (tmp_path / "sft.yaml").write_text(to_yaml(SFT))
    first = recipe("diff", "dpo.yaml", "sft.yaml").out.splitlines()[0]
    assert first == "the methods differ: dpo → sft"


LIBRARY = """\
methods:
  kto: {about: preference by thumbs, told_by: [{kto_cfg: true}, {objective: {const: kto}}]}
"""


@pytest.mark.parametrize("key", ["training_config.kto_cfg.weight", "run.objective"])
def test_a_library_may_tell_other_methods(tmp_path, key):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "team.yaml").write_text(LIBRARY)
    (finding,) = check(with_key(SFT, key, "kto"), libraries=[str(tmp_path)]).findings
    assert (finding.severity, finding.kind) == ("error", "other-method")
    assert "the method kto (preference by thumbs)" in finding.message
    assert key.removesuffix(".weight") in finding.message


@pytest.mark.parametrize("mount", [False, True])
def test_a_recipe_of_a_method_without_a_family_is_left_as_it_is(recipe, tmp_path, mount):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "team.yaml").write_text(LIBRARY)
    tree = with_key(SFT, "training_config.kto_cfg.weight", "kto")
    text = to_yaml({"recipes": tree} if mount else tree).replace("replicas: 4", "replicas: 7")
    (tmp_path / "mine.yaml").write_text(text)
    ran = recipe("check", "mine.yaml", "--fix", "--library", ".")
    assert ran.status == 1
    assert ran.out.count(": error:") == 1
    assert "[other-method]" in ran.out
    for word in ("repair:", "not a key", "recipe import", "remove"):
        assert word not in ran.out + ran.err
    assert (tmp_path / "mine.yaml").read_text() == text
    for command in (("import", "mine.yaml"), ("explain", "lr", "mine.yaml")):
        assert "is a recipe of the method kto" in recipe(*command, "--library", ".").err


BAD = {
    "methods: {kto: {about: x}}\n": "kto can't be used: it has no told_by",
    "methods: {kto: {about: x, told_by: [{}]}}\n": "kto can't be used: told_by.0 names no key",
    "methods: {kto: {about: x, told_by: [[a]]}}\n": "has to be a mapping",
    "methods: {kto: {about: x, told_by: [{a: {mini: 1}}]}}\n": "mini for a is no keyword",
    "aliases: {a: {names: [b]}}\n": "a can't be used: it has no key",
    "aliases: {a: {names: [1], key: lr}}\n": "has to be text",
}


@pytest.mark.parametrize("text", BAD)
def test_a_rules_file_that_is_wrong_there_is_told_with_its_place(recipe, tmp_path, text):
    (tmp_path / "lib" / "rules").mkdir(parents=True)
    (tmp_path / "lib" / "rules" / "team.yaml").write_text(text)
    ran = recipe("check", "--library", "lib", "lr=1e-5")
    assert ran.status == 2
    assert "team.yaml:1:" in ran.err
    assert BAD[text] in ran.err


def published():
    """Every published recipe by its method."""
    if not PUBLISHED.exists():
        pytest.skip("the published recipes are not here: shared/published/nova.json")
    found = []
    for one in json.loads(PUBLISHED.read_text()):
        tree = {}
        for key, value in one["values"].items():
            tree = with_key(tree, key, value)
        found.append((one["choices"]["method"], tree))
    return found


def test_every_published_recipe_is_told():
    told = [(method, check(tree).choices["method"]) for method, tree in published()]
    assert len(told) == 56
    assert all(method == found for method, found in told), told


EVIDENCE = ("dpo_cfg", "ppo_", "rollout", "distillation_data", "model_type", "evaluation")
EVIDENCE += ("task_type", "peft", "lora_tuning", "optim")


@given(st.data())
def test_edits_elsewhere_leave_the_method_told(data):
    method, tree = data.draw(st.sampled_from(published()))
    node = tree
    while True:
        key = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[key], dict) or not node[key]:
            break
        node = node[key]
    if not key.startswith(EVIDENCE):
        node[key] = data.draw(st.sampled_from(["x", 7, None, [1], {"a": 1}]))
        if data.draw(st.booleans()):
            node[f"{key}_x"] = node.pop(key)
    assert check(yaml.safe_load(to_yaml(tree))).choices["method"] == method
