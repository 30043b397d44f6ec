"""Offering: combinations of choices that nobody can train, each told as one finding."""

import pytest

from hydra_recipes import check, compose
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.origin import OverrideOrigin


@pytest.mark.parametrize(
    "choices",
    [
        ["model=nova-pro", "hardware=g5-12x"],
        ["model=nova-pro", "hardware=p4d", "peft=full"],
        ["model=nova-2-lite", "hardware=g6-48x"],
        ["optimizer=adam"],
        ["model=nova-2-lite", "optimizer=distributed_fused_adam"],
    ],
)
def test_a_combination_that_is_not_offered_is_exactly_one_finding(choices):
    (finding,) = check(compose(choices)).findings
    assert (finding.severity, finding.kind) == ("error", "not-offered")
    assert check(compose([*choices, *finding.hint.split()])).valid


@pytest.mark.parametrize("model", ["nova-micro", "nova-pro", "nova-2-lite"])
def test_a_file_of_a_combination_that_is_not_offered_is_exactly_one_finding(tmp_path, model):
    text = compose([f"model={model}", "peft=full"]).to_yaml()
    file = tmp_path / "recipe.yaml"
    file.write_text(f"# recipe compose model={model} peft=full hardware=g5-12x\n{text}")
    assert [f.kind for f in check_file(file).findings] == ["not-offered"]


@pytest.mark.parametrize(
    ("added", "keys"),
    [
        ("+preset=complete_sft", 1),
        ("+preset=complete_lora", 1),
        ("+preset=quickstart_sft", 8),
        ("+exp_manager=logging", 1),
    ],
)
def test_an_option_of_another_generation_is_told_at_once_and_not_key_by_key(added, keys):
    asked = [added, "model=nova-2-lite", "run.name=Mine"]
    findings = check(compose(asked)).findings
    (finding,) = (f for f in findings if f.rule == "unknown-key")
    assert (finding.kind, finding.origin) == ("misplaced-option", OverrideOrigin(added))
    assert len(finding.detail.keys) == keys
    assert check(compose([*asked, finding.hint])).valid


def test_the_keys_that_somebody_adds_are_told_beside_an_option_of_another_generation():
    recipe = compose(["+preset=complete_sft", "model=nova-2-lite", "+max_length_of_all=1"])
    kinds = [f.kind for f in check(recipe).findings if f.severity == "error"]
    assert kinds == ["misplaced-option", "unknown-key-in-recipe"]


def test_a_key_that_no_family_has_is_told_with_its_place_in_the_preset(tmp_path):
    preset = tmp_path / "preset" / "ours.yaml"
    preset.parent.mkdir()
    preset.write_text("# @package _global_\nrecipes:\n  training_config:\n    max_lenght: 8192\n")
    (finding,) = (
        f
        for f in check(compose(["+preset=ours"], libraries=[tmp_path])).findings
        if f.severity == "error"
    )
    assert (finding.kind, finding.origin.line) == ("unknown-key-in-recipe", 4)
    assert finding.hint == "did you mean max_length?"
