"""Variants of a recipe file: its own overrides with others on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydra_recipes import compose
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.importing.imported import import_file
from hydra_recipes.importing.search import Search
from hydra_recipes.importing.variant import Variant, variant_of

pytestmark = pytest.mark.quick

OWN = ("model=nova-lite", "lr=3e-6", "weight_decay=0.1", "adapter_dropout=0.02")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my.yaml"
    path.write_text(compose(OWN).to_yaml())
    return path


def variant(file: Path, *overrides: str) -> Variant:
    return variant_of(import_file(file), overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("lr=2e-6",),
        ("model=nova-pro", "lr=2e-6"),
        ("model=nova-micro",),
        ("peft=full", "weight_decay=0.2", "weight_decay=0.3"),
        ("lr=2e-6", "+run.note=x", "~min_lr"),
    ],
)
def test_it_is_what_the_own_overrides_and_the_others_compose(file, overrides):
    kept = [text for text in OWN if not (text.startswith("adapter") and "peft=full" in overrides)]
    found = variant(file, *overrides)
    assert found.recipe.resolved() == compose([*kept, *overrides]).resolved()
    assert compose(found.recipe.overrides).resolved() == found.recipe.resolved()


def test_a_value_that_is_set_anew_is_said_once(file):
    assert variant(file, "lr=2e-6", "model=nova-pro").recipe.overrides == (
        "weight_decay=0.1",
        "adapter_dropout=0.02",
        "lr=2e-6",
        "model=nova-pro",
    )


def test_a_short_key_goes_along_to_another_generation_and_others_are_dropped(file):
    found = variant(file, "model=nova-2-lite")
    assert found.recipe["optim_config.lr"] == 3e-6
    assert found.recipe["optim_config.weight_decay"] == 0.1
    assert found.dropped == ("adapter_dropout=0.02",)


def test_a_key_that_is_short_for_the_file_and_not_for_the_new_choices_keeps_its_value(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(compose(["model=nova-2-lite", "run.name=sup", "lr=2e-6"]).to_yaml())
    found = variant(path, "model=nova-lite")
    assert (found.recipe["run.name"], found.dropped) == ("sup", ())
    assert compose(found.recipe.overrides).resolved() == found.recipe.resolved()


def test_an_added_key_that_the_new_choices_do_not_have_is_dropped(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(compose(["model=nova-lite", "+data_loader_workers=4"]).to_yaml())
    found = variant(path, "model=nova-2-lite")
    assert [text.startswith("+training_validation") for text in found.dropped] == [True]
    assert "training_validation" not in found.recipe.to_yaml()
    assert variant(path, "model=nova-pro").recipe["data_loader_workers"] == 4


def test_a_key_that_is_written_twice_is_refused(recipe):
    recipe("compose", *OWN, "-o", "my.yaml")
    text = Path("my.yaml").read_text()
    Path("my.yaml").write_text(text.replace("  replicas: 4\n", "  replicas: 4\n  replicas: 8\n"))
    ran = recipe("compose", "--from", "my.yaml", "lr=2e-6", "-o", "new.yaml")
    assert ran.status == 1
    assert "my.yaml:7:3: error: replicas is written twice" in ran.err
    assert not Path("new.yaml").exists()


def test_what_the_user_asked_for_is_never_dropped(file):
    with pytest.raises(OverrideError) as caught:
        variant(file, "model=nova-2-lite", "adapter_dropout=0.02")
    assert caught.value.kind == "unknown-key"


def test_comments_stay_with_their_keys(file):
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("lr:"))
    indent = lines[at][: -len(lines[at].lstrip())]
    lines[at : at + 1] = [f"{indent}# found in May", f"{lines[at]}  # not higher"]
    file.write_text("\n".join(["# Our bot", *lines, "# the end", ""]))
    found = variant(file, "lr=2e-6", "model=nova-pro")
    text = found.to_yaml("resolved", "# recipe compose\n")
    assert text.startswith("# recipe compose\n# Our bot\nrun:\n")
    assert f"{indent}# found in May\n{indent}lr: 2.0e-06  # not higher\n" in text
    assert text.endswith("# the end\n")
    assert parse_document(text, "new.yaml").tree == found.recipe.resolved()


@pytest.mark.parametrize("mounted", [False, True])
def test_comments_of_a_recipe_under_recipes_stay_too(file, mounted):
    text = file.read_text().replace("run:\n", "run:  # where\n", 1)
    inside = "recipes:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    file.write_text(inside if mounted else text)
    assert "\nrun:  # where\n" in "\n" + variant(file).to_yaml("resolved", "")


@pytest.mark.parametrize(
    ("link", "style"), [("${.name}", "relative"), ("${recipes.run.name}", "recipes")]
)
def test_links_are_written_as_the_file_writes_them(file, link, style):
    text = file.read_text()
    line = next(line for line in text.splitlines() if "mlflow_run_name:" in line)
    file.write_text(text.replace(line, f"  mlflow_run_name: {link}"))
    found = variant(file, "run.name=bot")
    assert found.links == style
    assert f"mlflow_run_name: {link}\n" in found.to_yaml(found.links, "")


def test_compose_from_tells_what_changes_and_writes_what_check_takes(recipe):
    assert recipe("compose", *OWN, "-o", "my.yaml").status == 0
    text = Path("my.yaml").read_text().replace("run:\n", "run:\n  team: x\n", 1)
    Path("my.yaml").write_text(text)
    ran = recipe("compose", "--from", "my.yaml", "model=nova-2-lite", "-o", "new.yaml")
    assert ran.status == 0
    assert "left out: run.team is not a key of this recipe; +run.team=x keeps it" in ran.err
    assert "dropped: adapter_dropout=0.02; the new choices have no such key" in ran.err
    assert "amazon.nova-lite-v1:0:300k → amazon.nova-2-lite-v1:0:256k" in ran.err
    assert recipe("check", "new.yaml").status == 0
    command = Path("new.yaml").read_text().splitlines()[0].removeprefix("# recipe ").split()
    assert recipe(*command).out == Path("new.yaml").read_text()


def test_compose_from_overwrites_the_file_itself_only_by_force(recipe):
    recipe("compose", *OWN, "-o", "my.yaml")
    before = Path("my.yaml").read_text()
    ran = recipe("compose", "--from", "my.yaml", "lr=2e-6", "-o", "my.yaml")
    assert (ran.status, Path("my.yaml").read_text()) == (2, before)
    assert "my.yaml exists already; overwrite it with --force" in ran.err
    assert recipe("compose", "--from", "my.yaml", "lr=2e-6", "-o", "my.yaml", "--force").status == 0
    assert "lr: 2.0e-06" in Path("my.yaml").read_text()


def test_compose_from_writes_nothing_invalid(recipe):
    recipe("compose", *OWN, "-o", "my.yaml")
    ran = recipe("compose", "--from", "my.yaml", "replicas=3", "-o", "new.yaml")
    assert ran.status == 1
    assert "run.replicas is 3; allowed: 4, 8, 16 or 32" in ran.err
    assert not Path("new.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("my.yaml",), "of a file: recipe compose --from my.yaml, recipe check my.yaml"),
        (
            ("my.yaml", "lr=2e-5", "-o", "new.yaml"),
            "of a file: recipe compose --from my.yaml lr=2e-5 -o new.yaml, recipe check my.yaml",
        ),
        (("--from", ""), "--from names no file; is a variable of the shell empty?"),
        (("--from", "no.yaml"), "can't read no.yaml"),
        (("--from", "my.yaml", "lrr=1"), "there is no key or group lrr; did you mean lr?"),
    ],
)
def test_bad_input_is_answered_in_one_line(recipe, arguments, answer):
    recipe("compose", *OWN, "-o", "my.yaml")
    ran = recipe("compose", *arguments)
    assert ran.status == 2
    assert answer in ran.err
    assert "Traceback" not in ran.err


def test_an_added_key_that_the_new_choices_set_keeps_its_value(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(compose(["+preset=complete_lora", "+global_batch_size=16"]).to_yaml())
    found = variant(path, "model=nova-pro")
    assert (found.recipe["global_batch_size"], found.dropped) == (16, ())
    assert compose(found.recipe.overrides).resolved() == found.recipe.resolved()


def test_lists_in_brackets_and_line_ends_stay(file, recipe):
    text = file.read_text().replace("betas:\n        - 0.9\n        - 0.999", "betas: [0.9, 0.999]")
    text = text.replace("[0.9", "[0.8").replace("0.999]", "0.999] # two")
    file.write_bytes(text.replace("\n", "\r\n").encode())
    ran = recipe("compose", "--from", str(file), "lr=2e-6", "-o", "new.yaml")
    assert ran.status == 0, ran.err
    written = Path("new.yaml").read_bytes()
    assert b"betas: [0.8, 0.999]  # two\r\n" in written
    assert written.count(b"\n") == written.count(b"\r\n") > 10
    assert recipe("compose", "--from", str(file), "lr=2e-6").out == written.decode().replace(
        "\r\n", "\n"
    )
    recipe("compose", "--from", str(file), "betas.1=0.99", "--force", "-o", "new.yaml")
    assert b"betas: [0.8, 0.99]" in Path("new.yaml").read_bytes()


def test_a_list_in_brackets_over_several_lines_is_written_with_its_comments(file, recipe):
    text = file.read_text()
    several = "betas: [\n        0.8,  # slow\n        0.999]"
    file.write_text(text.replace("betas:\n        - 0.9\n        - 0.999", several))
    out = recipe("compose", "--from", str(file), "lr=2e-6").out
    assert "- 0.8  # slow\n" in out


def test_two_files_to_begin_with_are_refused(file, recipe):
    ran = recipe("compose", "--from", str(file), "--from", str(file))
    assert (ran.status, ran.out) == (2, "")
    assert "--from is given twice, and a recipe begins with one file" in ran.err


def test_a_key_written_twice_is_refused_before_anything_is_searched(file, recipe, monkeypatch):
    file.write_text(file.read_text().replace("  lr: ", "  lr: 1.0e-05\n      lr: ", 1))
    monkeypatch.setattr(Search, "best", None)
    ran = recipe("compose", "--from", str(file), "lr=2e-6")
    assert (ran.status, ran.out) == (1, "")
    assert "written twice" in ran.err
