"""Other names of keys: told by what they mean, in check, in overrides, in explain and in import."""

import json

import pytest

from hydra_recipes import compose
from hydra_recipes.findings.errors import OverrideError
from support.team_libraries import write_library

READY = ("platform=training-job",)
NAMES = {
    "learning_rate": "lr",
    "num_epochs": "max_epochs",
    "epochs": "max_epochs",
    "batch_size": "global_batch_size",
    "run.num_nodes": "replicas",
    "nodes": "replicas",
    "instance_count": "replicas",
    "lora_alpha": "alpha",
    "lora_dropout": "adapter_dropout",
    "max_seq_length": "max_length",
    "max_len": "max_length",
    "seq_length": "max_length",
    "seq_len": "max_length",
    "Learning-Rate": "lr",
}


@pytest.mark.parametrize("name", NAMES)
def test_an_override_of_it_is_answered_with_the_key_that_is_meant(name):
    with pytest.raises(OverrideError) as caught:
        compose([f"{name}=4"])
    assert caught.value.kind == "unknown-key"
    assert caught.value.detail.nearest[0].split(".")[-1] == NAMES[name].split(".")[-1]
    assert len(caught.value.detail.nearest) == 1


PLACED = {
    "learning_rate": ("      lr: 1.0e-05\n", "      learning_rate: 3e-5\n", "lr: 3.0e-05"),
    "epochs": ("    max_epochs: 2\n", "    num_epochs: 3\n", "max_epochs: 3"),
    "batch": ("  global_batch_size: 64\n", "  batch_size: 32\n", "global_batch_size: 32"),
    "nodes": ("  replicas: 2\n", "  num_nodes: 8\n", "replicas: 8"),
    "alpha": ("alpha: 128\n", "lora_alpha: 64\n", "alpha: 64"),
    "length": ("  max_length: 32768\n", "  max_seq_length: 16384\n", "max_length: 16384"),
    "text": ("      lr: 1.0e-05\n", "      learning_rate: '3e-5'\n", "lr: 3.0e-05"),
}


@pytest.mark.parametrize("name", PLACED)
def test_fix_gives_the_key_its_name_and_keeps_the_value(recipe, tmp_path, name):
    right, other, wanted = PLACED[name]
    text = compose(READY).to_yaml()
    assert right.strip() in text
    indent = right[: len(right) - len(right.lstrip())]
    (tmp_path / "mine.yaml").write_text(text.replace(right.lstrip(), other.lstrip(), 1))
    said = recipe("check", "mine.yaml").out
    assert "is not a key of this recipe" in said
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 0, ran.out
    mended = (tmp_path / "mine.yaml").read_text()
    assert mended == text.replace(right, f"{indent}{wanted}\n", 1)


def test_a_number_of_passes_is_no_number_of_steps(recipe, tmp_path):
    text = compose(["model=nova-2-lite", *READY]).to_yaml()
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("max_steps: ", "num_epochs: ", 1))
    before = file.read_bytes()
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert file.read_bytes() == before
    assert "num_epochs is not a key of this recipe, which has max_steps for it" in ran.out
    assert "because: The second generation counts steps" in ran.out
    with pytest.raises(OverrideError) as caught:
        compose(["model=nova-2-lite", "epochs=3"])
    assert str(caught.value).endswith(
        "did you mean max_steps? The second generation counts steps, not passes over the data.)"
    )


def test_import_and_explain_know_it(recipe, tmp_path):
    text = compose(READY).to_yaml().replace("lr: 1.0e-05", "learning_rate: 3.0e-05", 1)
    (tmp_path / "mine.yaml").write_text(text)
    assert "lr=3e-05" in recipe("import", "mine.yaml").err
    assert "did you mean lr?" in recipe("explain", "learning_rate", *READY).err


def test_a_team_may_add_its_own(recipe, tmp_path):
    rules = "aliases:\n  speed: {names: [speed], key: lr}\n"
    write_library(tmp_path / "team", {"rules/team": rules})
    ran = recipe("check", "--library", "team", "speed=3e-5")
    assert "did you mean lr?" in ran.err
    text = compose(READY).to_yaml().replace("lr: 1.0e-05", "speed: 3.0e-05", 1)
    (tmp_path / "mine.yaml").write_text(text)
    answer = json.loads(recipe("check", "--library", "team", "mine.yaml", "--json").out)
    assert answer["repairs"][0] == ["~speed", "+lr=3e-05"]
