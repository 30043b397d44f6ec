"""``recipe compose --continue`` and ``recipe explain --continue``, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SFT = (
    "model=nova-lite",
    "run.name=bot",
    "data_s3_path=s3://acme/train.jsonl",
    "output_s3_path=s3://acme/out",
)
DPO = ("method=dpo", "--continue", "sft.yaml")


@pytest.fixture
def sft(recipe) -> Path:
    assert recipe("compose", *SFT, "-o", "sft.yaml").status == 0
    return Path("sft.yaml")


def command_of(file: str) -> list[str]:
    words = Path(file).read_text().splitlines()[0].removeprefix("# recipe ").split()
    return [word.strip("'") for word in words]


def test_it_says_what_is_carried_over_and_the_first_line_composes_it_again(recipe, sft):
    ran = recipe("compose", *DPO, "-o", "dpo.yaml")
    assert ran.status == 0
    assert ran.err.startswith(
        "continues sft.yaml: model=nova-lite platform=hyperpod peft=lora run.name=bot-dpo "
        "run.output_s3_path=s3://acme/out run.mlflow_experiment_name=my-lora-experiment "
        "'run.model_name_or_path=???'\n"
        "not carried over: run.data_s3_path=s3://acme/train.jsonl, which is for method=sft\n"
    )
    assert "manifest.json under its output names it" in ran.err
    command = command_of("dpo.yaml")
    assert command[:3] == ["compose", "--continue", "sft.yaml"]
    assert recipe(*command).out == Path("dpo.yaml").read_text()
    sft.write_text(sft.read_text().replace("s3://acme/out", "s3://acme/other"))
    assert recipe(*command).out == Path("dpo.yaml").read_text()


def test_other_commands_take_the_file_whatever_became_of_the_earlier_one(recipe, sft):
    recipe("compose", *DPO, "data_s3_path=s3://acme/pairs.jsonl", "-o", "dpo.yaml")
    recipe("compose", *DPO, "data_s3_path=s3://acme/pairs.jsonl", "beta=0.05", "-o", "two.yaml")
    sft.unlink()
    checked = recipe("check", "dpo.yaml")
    assert (checked.status, checked.out.splitlines()[-1]) == (
        0,
        "dpo.yaml: valid, not ready to submit (1 value to fill in)",
    )
    imported = recipe("import", "dpo.yaml", "--json")
    assert json.loads(imported.out)["exact"]
    assert "model=nova-lite" in imported.out
    differing = recipe("diff", "dpo.yaml", "two.yaml")
    assert "dpo_cfg.beta  0.1 → 0.05" in differing.out
    assert "keys: 1 changed" in differing.out
    Path("dpo.yaml").write_text(Path("dpo.yaml").read_text().replace('"???"', "s3://escrow-1/job"))
    assert recipe("check", "dpo.yaml").out == "dpo.yaml: valid\n"


def test_a_chain_of_three(recipe, sft):
    recipe("compose", *DPO, "-o", "dpo.yaml")
    ran = recipe(
        "compose",
        "method=evaluation",
        "evaluation=llm-judge",
        "--continue",
        "dpo.yaml",
        "-o",
        "e.yaml",
    )
    assert ran.status == 0
    assert "name: bot-dpo-eval\n" in Path("e.yaml").read_text()
    assert "continued from dpo.yaml:" in recipe("explain", "run.name", "e.yaml").out


def test_explain_tells_the_chain_of_overrides_and_of_a_file(recipe, sft):
    recipe("compose", *DPO, "-o", "dpo.yaml")
    line = sft.read_text().splitlines().index("  output_s3_path: s3://acme/out") + 1
    for subject in (DPO, ("dpo.yaml",)):
        ran = recipe("explain", "output_s3_path", *subject)
        assert f"  continued from sft.yaml:{line}\n" in ran.out
        data = json.loads(recipe("explain", "output_s3_path", *subject, "--json").out)
        assert data["continued"] == {"file": "sft.yaml", "line": line}
        section = recipe("explain", "run", *subject).out
        assert f"run.output_s3_path=s3://acme/out (from sft.yaml:{line})" in section
        assert "continued" not in recipe("explain", "lr", *subject).out
        open_one = recipe("explain", "model_name_or_path", *subject).out
        assert "continued from sft.yaml:" in open_one
        assert "manifest.json" in open_one


def test_explain_of_a_file_whose_earlier_one_is_gone_says_so(recipe, sft):
    recipe("compose", *DPO, "-o", "dpo.yaml")
    sft.unlink()
    ran = recipe("explain", "output_s3_path", "dpo.yaml")
    assert ran.status == 0
    assert "what the recipe continues can't be told: can't read sft.yaml" in ran.err
    assert "continued" not in ran.out


def test_a_value_edited_since_is_not_told_as_carried_over(recipe, sft):
    recipe("compose", *DPO, "-o", "dpo.yaml")
    Path("dpo.yaml").write_text(Path("dpo.yaml").read_text().replace("s3://acme/out", "s3://b12/o"))
    assert "continued" not in recipe("explain", "output_s3_path", "dpo.yaml").out


def test_what_is_not_valid_is_not_written_and_no_repair_changes_the_model(recipe, sft):
    ran = recipe("compose", *DPO, "hardware=g5-12x", "-o", "dpo.yaml")
    assert ran.status == 1
    assert not Path("dpo.yaml").exists()
    repairs = [line for line in ran.err.splitlines() if line.startswith(("repair: ", "    or: "))]
    assert "repair: hardware=p5" in repairs
    assert not [line for line in repairs if "model=" in line or "platform=" in line]


def test_standard_input_is_continued_without_a_name(recipe, sft, monkeypatch, tmp_path):
    monkeypatch.setattr("hydra_recipes.cli.continuing.STDIN", sft.resolve())
    ran = recipe("compose", "method=dpo", "--continue", "-")
    assert ran.out.startswith("# recipe compose model=nova-lite ")


def test_a_key_written_twice_is_refused(recipe, sft):
    sft.write_text(sft.read_text().replace("  replicas: 4\n", "  replicas: 4\n  replicas: 8\n"))
    ran = recipe("compose", *DPO)
    assert (ran.status, ran.out) == (1, "")
    assert "error: replicas is written twice" in ran.err


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--continue", ""), "--continue names no file; is a variable of the shell empty?"),
        (("--continue", "no.yaml"), "can't read no.yaml"),
        (("--continue", "broken.yaml"), "broken.yaml:1:6: error: this file is not YAML"),
        (("--continue", "list.yaml"), "list.yaml"),
        (("--continue", "other.yaml"), "other.yaml is not a recipe: it has no run and no"),
        (
            ("--continue", "sft.yaml", "--continue", "two.yaml"),
            "--continue is given twice, and a recipe begins with one file",
        ),
        (
            ("--continue", "sft.yaml", "--from", "sft.yaml"),
            "--from makes a variant of a recipe, --continue the next; take one",
        ),
        (("--continue", "sft.yaml", "lrr=1"), "there is no key or group lrr; did you mean lr?"),
        (
            ("--continue", "sft.yaml", "model=nova-pro"),
            "model=nova-pro can't continue sft.yaml, which is of model=nova-lite",
        ),
        (
            ("--continue", "sft.yaml", "platform=training-job"),
            "platform=training-job can't continue sft.yaml, which is of platform=hyperpod",
        ),
    ],
)
def test_bad_input_is_answered_in_one_line(recipe, sft, arguments, answer):
    Path("broken.yaml").write_text("a: [1\n")
    Path("list.yaml").write_text("- 1\n")
    Path("other.yaml").write_text("a: 1\n")
    ran = recipe("compose", "method=dpo", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert answer in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("sft.yaml", "--continue", "sft.yaml"), "--continue goes with overrides"),
        (("method=dpo", "--continue", ""), "--continue names no file"),
        (("method=dpo", "--continue", "no.yaml"), "can't read no.yaml"),
        (("method=mtrl", "--continue", "sft.yaml"), "method=mtrl can't continue sft.yaml"),
    ],
)
def test_explain_answers_bad_input_in_one_line(recipe, sft, arguments, answer):
    ran = recipe("explain", "run.name", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert answer in ran.err
