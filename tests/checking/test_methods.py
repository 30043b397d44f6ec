"""Recipes of methods that no family is for: which it is and what tells it, and nothing else."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes import check, compose
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
    "dpo": (with_key(SFT, "training_config.model.dpo_cfg.beta", 0.1), "model.dpo_cfg"),
    "dpo at a wrong place": (with_key(SFT, "dpo_cfg", {"beta": 0.1}), "by dpo_cfg"),
    "cpt by its shape": (CPT, "training_config.model.optim without task_type, peft"),
    "cpt by its type": (
        with_key(SFT, "training_config.task_type", "cpt"),
        "training_config.task_type: cpt",
    ),
    "cpt by its type in capitals": (
        with_key(CPT, "training_config.task_type", "CPT"),
        "training_config.task_type: CPT",
    ),
    "dpo by its type": (
        with_key(SFT, "training_config.task_type", "dpo"),
        "training_config.task_type: dpo",
    ),
    "ppo": (with_key(RUN, "ppo_critic.max_length", 8192), "by ppo_critic"),
    "ppo alone": ({"ppo_reward": {"max_length": 1}, "ppo_critic": {}}, "by ppo_reward"),
    "rft": (with_key(RUN, "training_config.rollout.rewards", {}), "training_config.rollout"),
    "distillation": (
        with_key(RUN, "training_config.distillation_data", "true"),
        "training_config.distillation_data",
    ),
    "mtrl": (
        {"run": {"name": "x", "model_type": "mtrl"}, "rollout": {"timeout": 600.0}},
        "run.model_type: mtrl",
    ),
    "evaluation": (with_key(RUN, "evaluation.task", "mmlu"), "by evaluation"),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_recipe_of_another_method_gets_one_finding_that_says_which(name):
    tree, evidence = TOLD[name]
    (finding,) = check(tree).findings
    assert (finding.severity, finding.kind) == ("error", "other-method")
    assert f"the method {name.split()[0]} (" in finding.message
    assert evidence in finding.message


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("mount", [False, True])
def test_its_file_is_left_as_it_is_and_gets_no_advice(recipe, tmp_path, name, mount):
    tree, _ = TOLD[name]
    text = to_yaml({"recipes": tree} if mount else tree).replace("replicas: 4", "replicas: 7")
    (tmp_path / "mine.yaml").write_text(text)
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert ran.out.count(": error:") == 1
    assert "[other-method]" in ran.out
    for word in ("repair:", "not a key", "recipe import", "remove"):
        assert word not in ran.out + ran.err
    assert ran.err == "mine.yaml is left as it is\n0 changed, 0 suggestions left\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]
    assert (tmp_path / "mine.yaml").read_text() == text


@pytest.mark.parametrize("name", TOLD)
def test_it_is_not_imported(recipe, tmp_path, name):
    (tmp_path / "mine.yaml").write_text(to_yaml(TOLD[name][0]))
    ran = recipe("import", "mine.yaml")
    assert (ran.status, ran.out) == (2, "")
    assert f"mine.yaml is a recipe of the method {name.split()[0]} (" in ran.err


def test_explain_and_diff_say_so_too(recipe, tmp_path):
    (tmp_path / "dpo.yaml").write_text(to_yaml(TOLD["dpo"][0]))
    (tmp_path / "sft.yaml").write_text(to_yaml(SFT))
    assert "of the method dpo" in recipe("explain", "lr", "dpo.yaml").err
    assert "dpo.yaml is a recipe of the method dpo" in recipe("diff", "dpo.yaml", "sft.yaml").err


def test_the_place_of_the_evidence_is_told(recipe, tmp_path):
    (tmp_path / "dpo.yaml").write_text(to_yaml(TOLD["dpo"][0]))
    answer = json.loads(recipe("check", "dpo.yaml", "--json").out)
    (finding,) = answer["findings"]
    line = to_yaml(TOLD["dpo"][0]).splitlines()[finding["origin"]["line"] - 1]
    assert line.strip() == "dpo_cfg:"
    assert answer["repairs"] == answer["conflict"] == []


def test_what_makes_it_another_method_is_said_where_one_thing_does():
    (finding,) = check(CPT).findings
    assert finding.hint == "for sft, add training_config.model.peft.peft_scheme"


@pytest.mark.parametrize("line", ["# recipe compose model=nova-lite\n", ""])
def test_a_first_line_that_names_the_method_outweighs_what_is_missing(recipe, tmp_path, line):
    (tmp_path / "mine.yaml").write_text(line + to_yaml(CPT))
    rules = {f["rule"] for f in json.loads(recipe("check", "mine.yaml", "--json").out)["findings"]}
    assert ("other-method" in rules) == (not line)


def test_the_type_that_a_recipe_says_it_is_of_outweighs_what_is_missing():
    kinds = {f.kind for f in check(with_key(CPT, "training_config.task_type", "sft")).findings}
    assert "other-method" not in kinds


def test_a_recipe_of_no_known_shape_gets_one_finding():
    for tree in ({}, {"services": {"web": {"image": "x"}}}, {"run": {"a": 1, "b": 2}}):
        (finding,) = check(tree).findings
        assert finding.kind == "unknown-family"


LIBRARY = """\
methods:
  kto: {about: preference by thumbs, told_by: [{kto_cfg: true}, {objective: {const: kto}}]}
"""


@pytest.mark.parametrize("key", ["training_config.kto_cfg.weight", "run.objective"])
def test_a_library_may_tell_other_methods(tmp_path, key):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "team.yaml").write_text(LIBRARY)
    (finding,) = check(with_key(SFT, key, "kto"), libraries=[str(tmp_path)]).findings
    assert "the method kto (preference by thumbs)" in finding.message


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
    """Every published recipe that isn't SFT, by its method."""
    if not PUBLISHED.exists():
        pytest.skip("the published recipes are not here: shared/published/nova.json")
    found = []
    for one in json.loads(PUBLISHED.read_text()):
        tree = {}
        for key, value in one["values"].items():
            tree = with_key(tree, key, value)
        found.append((one["choices"]["method"], tree))
    return found


def test_every_published_recipe_is_told(tmp_path):
    told = [
        (method, [getattr(finding.detail, "method", None) for finding in check(tree).findings])
        for method, tree in published()
        if method != "sft"
    ]
    assert len(told) > 40
    assert all(found == [method] for method, found in told), told


EVIDENCE = ("dpo_cfg", "ppo_", "rollout", "distillation_data", "model_type", "evaluation")
EVIDENCE += ("task_type", "peft", "lora_tuning", "optim")


@given(st.data())
def test_edits_elsewhere_leave_the_method_told(data):
    method, tree = data.draw(st.sampled_from([one for one in published() if one[0] != "sft"]))
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
    (finding,) = check(yaml.safe_load(to_yaml(tree))).findings
    assert finding.detail.method == method
