"""Composing: what overrides give."""

import pytest

from hydra_recipes import compose
from hydra_recipes.findings.errors import OverrideError
from support.team_libraries import write_library


def test_without_arguments_it_composes_the_default_recipe(recipe):
    ran = recipe("compose")
    assert ran.status == 0
    assert ran.out.startswith("# recipe compose\nrun:\n  name: my-lora-run\n")


@pytest.mark.parametrize(
    ("model", "optimizer"),
    [("nova-pro", "distributed_fused_adam"), ("nova-2-lite", "adam")],
)
def test_the_model_brings_its_optimizer(model, optimizer):
    assert compose([f"model={model}"]).choices["optimizer"] == optimizer


def test_a_short_key_that_fits_two_keys_names_both():
    with pytest.raises(OverrideError) as caught:
        compose(["name=x"])
    assert caught.value.kind == "ambiguous-key"
    found = set(caught.value.detail.candidates)
    assert found == {"run.name", "training_config.model.optim.name"}


def test_a_single_text_is_one_override():
    assert compose("model=nova-lite") == compose(["model=nova-lite"])
    assert compose("model=nova-lite").overrides == ("model=nova-lite",)


@pytest.mark.parametrize("wrong", [3, None, {"model": "nova-lite"}, b"model=nova-lite"])
def test_what_is_no_text_is_no_override(wrong):
    with pytest.raises(TypeError, match="an override is text, such as 'lr=2e-6', not "):
        compose(["peft=full", wrong])


def test_a_folder_is_part_of_an_options_name_whoever_chooses_it(tmp_path):
    header = "# @package _global_\n"
    folders = {
        "preset/team/bot": f"{header}defaults:\n  - /mm_cfg: y/z\n",
        "mm_cfg/y/z": f"{header}recipes: {{run: {{replicas: 8}}}}\n",
        "mm_cfg/w/z": header,
    }
    library = write_library(tmp_path / "acme", folders)

    def chosen(*overrides):
        found = compose(overrides, libraries=[library]).choices
        return {group: one for group, one in found.items() if group[:6] in ("preset", "mm_cfg")}

    both = {"preset": "team/bot", "mm_cfg": "y/z"}
    assert chosen("+preset=team/bot") == chosen("+preset/team=bot") == both
    assert chosen("+mm_cfg/y=z", "+mm_cfg/w=z") == {"mm_cfg/y": "z", "mm_cfg/w": "z"}
