"""Files whose method is mistaken: evidence misspelt or missing, and blocks of two methods."""

import pytest
import yaml

from hydra_recipes import compose


def text_of(*overrides):
    """A composed recipe without its first line, which would name the method."""
    return compose(list(overrides)).to_yaml()


def edited(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.fixture
def checked(recipe, tmp_path):
    """Runs ``recipe check`` on a text as a file."""

    def run(text, *options):
        (tmp_path / "a.yaml").write_text(text)
        return recipe("check", "a.yaml", *options).out

    return run


def test_a_misspelt_block_tells_its_method_and_is_renamed(checked, tmp_path):
    text = edited(text_of("method=dpo", "beta=0.03"), "dpo_cfg:", "dpo_config:")
    told = checked(text)
    assert "dpo_config is not a key" in told
    assert "repair: '~dpo_config' '+dpo_cfg={beta:0.03}'" in told
    checked(text, "--fix")
    fixed = yaml.safe_load((tmp_path / "a.yaml").read_text())
    assert fixed["training_config"]["model"]["dpo_cfg"] == {"beta": 0.03}


def test_a_mapping_spelled_like_a_block_is_none_if_the_rest_is_of_the_told_method(checked):
    told = checked(text_of() + "evaluations: {task: mmlu}\n")
    assert "evaluations is not a key of this recipe" in told
    assert "mixed-methods" not in told
    told = checked(edited(text_of(), "model:", "model:\n    dpo_cgf: 1"))  # no block, a value
    assert "dpo_cgf is not a key of this recipe" in told
    assert "dpo_cfg" not in told


def test_keys_of_a_method_without_its_evidence_say_what_to_write(checked):
    told = checked(edited(text_of("method=mtrl"), "model_type: mtrl", "model_type: mtlr"))
    assert "a.yaml:5:15: error: this has the keys of mtrl, and not what tells it" in told
    assert "try: for mtrl, model_type=mtrl" in told


def test_what_is_near_no_method_names_methods_and_what_to_add(checked):
    tree = yaml.safe_load(text_of("method=cpt"))
    del tree["training_config"]["model"]["optim"]
    told = checked(yaml.safe_dump(tree))
    assert "of no known method (sft, dpo, cpt, ppo" in told
    assert "try: for sft, add training_config.model.peft" in told


@pytest.mark.parametrize(
    ("overrides", "allowed"),
    [
        (["method=cpt", "model=nova-2-lite", "task_type=sft"], "task_type is sft; allowed: cpt"),
        (["+task_type=dpo"], "task_type is dpo; allowed: sft"),
        (["method=dpo", "+task_type=sft"], "task_type is sft; allowed: dpo"),
        (["method=mtrl", "run.model_type=mtlr"], "model_type is mtlr; allowed: mtrl"),
    ],
)
def test_a_value_that_tells_another_method_is_an_error(recipe, overrides, allowed):
    assert allowed in recipe("check", *overrides).out
    ran = recipe("compose", *overrides, "-o", "a.yaml")
    assert (ran.status, allowed in ran.err) == (1, True)


def test_of_two_methods_blocks_only_the_mix_is_told(checked):
    block = yaml.safe_load(text_of("method=ppo"))["ppo_reward"]
    linked = {**block, "trainer": {**block["trainer"], "num_nodes": "${recipes.run.rm_replicas}"}}
    for name, other in (("evaluation", {"task": "mmlu"}), ("ppo_reward", linked)):
        told = checked(text_of() + yaml.safe_dump({name: other}))
        errors = [line for line in told.splitlines() if ": error: " in line]
        assert len(errors) == 1, errors
        assert "a recipe is of one method [mixed-methods]" in errors[0]
        assert "training_config.model.peft" in errors[0]
        assert name in errors[0]
        assert "repair:" not in told
