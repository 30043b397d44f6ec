"""A recipe that continues another: what is carried over from its file, and what isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydra_recipes import check, compose
from hydra_recipes.documents.reader import read_document
from hydra_recipes.environment import allowing
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.importing.chain import Continuation, continued
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries, using

PATHS = ("run.data_s3_path=s3://acme/train.jsonl", "run.output_s3_path=s3://acme/out")
REWARD = "reward_lambda_arn=arn:aws:lambda:us-east-1:123456789012:function:reward"
EARLIER = {
    "sft": ("model=nova-lite", "peft=full", *PATHS),
    "sft of nova-2-lite": ("model=nova-2-lite", *PATHS),
    "sft on training-job": ("model=nova-lite", "platform=training-job"),
    "dpo": ("method=dpo", "model=nova-lite", "peft=full", *PATHS),
    "cpt": ("method=cpt", "model=nova-lite", *PATHS),
    "ppo": ("method=ppo", "model=nova-lite", *PATHS),
    "rft": ("method=rft", REWARD, *PATHS),
    "rft on training-job": ("method=rft", "platform=training-job", REWARD),
}
"""What the recipes that are continued are composed from."""
OF_TWO = ("sft of nova-2-lite", "rft", "rft on training-job")
FOR_TWO = ("sft", "cpt", "rft", "evaluation")
FOR_ONE = ("sft", "dpo", "cpt", "ppo", "evaluation")
PAIRS = [
    (earlier, method)
    for earlier in EARLIER
    for method in (FOR_TWO if earlier in OF_TWO else FOR_ONE)
]
NOT_OFFERED = [
    (earlier, method)
    for earlier in EARLIER
    for method in (("dpo", "ppo") if earlier in OF_TWO else ("rft",))
]


def file_of(directory: Path, *overrides: str, name: str = "bot") -> Path:
    """Write a recipe without a first line, as if by hand."""
    path = directory / "earlier.yaml"
    path.write_text(compose([*overrides, f"run.name={name}"]).to_yaml())
    return path


def composed_file(directory: Path, *overrides: str, name: str = "bot") -> Path:
    """Write a recipe with its first line."""
    path = file_of(directory, *overrides, name=name)
    line = " ".join(["# recipe compose", *overrides, f"run.name={name}"])
    path.write_text(f"{line}\n{path.read_text()}")
    return path


def going_on(path: Path, *overrides: str) -> Continuation:
    return continued(read_document(path), overrides, active_libraries())


def refused(path: Path, *overrides: str) -> tuple[str, str]:
    """The kind and the text of the error that is raised."""
    with pytest.raises(RecipeError) as caught:
        going_on(path, *overrides)
    return caught.value.kind, str(caught.value)


@pytest.mark.parametrize(("earlier", "method"), PAIRS)
def test_every_pair_of_methods_goes_on_with_what_holds_for_both(tmp_path, earlier, method):
    before = compose(EARLIER[earlier])
    path = composed_file(tmp_path, *EARLIER[earlier])
    found = going_on(path, f"method={method}")
    after = found.recipe
    assert after.choices["method"] == method
    for group in ("model", "platform"):
        assert after.choices[group] == before.choices[group]
    assert after["run.model_type"] == before["run.model_type"]
    assert after["run.model_name_or_path"] == "???"
    assert after["run.name"] == f"bot-{'eval' if method == 'evaluation' else method}"
    if before.get("run.output_s3_path"):
        assert after["run.output_s3_path"] == "s3://acme/out"
    if method == before.choices["method"] or method == "dpo":
        assert after.choices["peft"] == before.choices["peft"] or earlier in ("cpt", "ppo")
    report = check(after)
    assert report.valid, report.findings
    (open_one,) = (f for f in report.findings if f.key == "run.model_name_or_path")
    assert (open_one.severity, open_one.rule) == ("incomplete", "unset")
    assert "manifest.json" in (open_one.because or "")
    assert compose(after.overrides) == after


@pytest.mark.parametrize(("earlier", "method"), NOT_OFFERED)
def test_a_method_that_the_model_is_not_offered_with_is_told_in_one_line(tmp_path, earlier, method):
    path = composed_file(tmp_path, *EARLIER[earlier])
    kind, text = refused(path, f"method={method}")
    assert kind == "no-offer-to-continue"
    assert f"method={method} can't continue" in text
    ways = "sft, cpt, rft or evaluation" if earlier in OF_TWO else "sft, dpo, cpt, ppo or evaluat"
    assert ways in text


@pytest.mark.parametrize("method", ["distillation", "mtrl", "evaluation"])
def test_a_method_that_leaves_no_checkpoint_cannot_be_continued(tmp_path, method):
    path = file_of(tmp_path, f"method={method}")
    kind, text = refused(path, "method=sft")
    assert kind == "no-checkpoint"
    assert text.endswith(
        f"method={method} leaves no checkpoint; continue a recipe of sft, dpo, cpt, ppo or rft"
    )


@pytest.mark.parametrize("method", ["distillation", "mtrl"])
def test_a_method_that_begins_with_no_checkpoint_continues_nothing(tmp_path, method):
    kind, text = refused(file_of(tmp_path), f"method={method}")
    assert kind == "no-beginning"
    assert f"method={method} can't continue" in text


@pytest.mark.parametrize("choice", ["model=nova-pro", "platform=training-job"])
def test_another_model_or_platform_is_an_error(tmp_path, choice):
    path = composed_file(tmp_path, "model=nova-lite")
    kind, text = refused(path, "method=dpo", choice)
    group = choice.partition("=")[0]
    same = {"model": "model=nova-lite", "platform": "platform=hyperpod"}[group]
    assert kind == "other-choice"
    assert f"{choice} can't continue" in text
    assert f"(leave it out, or type {same})" in text
    assert going_on(path, "method=dpo", same).recipe.choices[group] == same.partition("=")[2]


def test_a_preset_of_another_model_leaves_the_model_as_it_is(tmp_path):
    path = composed_file(tmp_path, "model=nova-pro")
    assert going_on(path, "+preset=complete_lora").recipe.choices["model"] == "nova-pro"


def test_a_platform_that_the_file_does_not_tell_may_be_asked_for(tmp_path):
    path = file_of(tmp_path, "model=nova-lite")
    found = going_on(path, "method=evaluation", "platform=training-job")
    assert found.recipe.choices["platform"] == "training-job"
    assert going_on(path, "method=evaluation").choices == ("model=nova-lite",)


def test_peft_goes_along_but_another_may_be_asked_for(tmp_path):
    path = file_of(tmp_path, "model=nova-lite", "peft=full")
    assert going_on(path, "method=dpo").recipe.choices["peft"] == "full"
    assert going_on(path, "method=dpo", "peft=lora").recipe.choices["peft"] == "lora"
    assert going_on(path, "method=evaluation").recipe.choices["peft"] == "none"


@pytest.mark.parametrize(
    "override",
    [
        "run.name=other",
        "output_s3_path=s3://elsewhere/out",
        "run.model_name_or_path=s3://escrow-1/job/outputs/checkpoints",
        "mlflow_experiment_name=mine",
        "~output_s3_path",
    ],
)
def test_what_is_asked_for_wins_and_is_said_once(tmp_path, override):
    path = file_of(tmp_path, *EARLIER["sft"])
    found = going_on(path, "method=dpo", override)
    key, _, value = override.partition("=")
    assert found.recipe.get(key.lstrip("~")) == (value or None)
    name = key.lstrip("~").rpartition(".")[2]
    keys = [text.partition("=")[0].rpartition(".")[2] for text in found.recipe.overrides]
    assert keys.count(name) == (0 if key.startswith("~") else 1)
    assert name not in [one.path[-1] for one in found.carried]


def test_data_is_carried_over_only_to_a_recipe_of_the_same_method(tmp_path):
    path = file_of(tmp_path, *EARLIER["sft"])
    again = going_on(path, "method=sft")
    assert again.recipe["run.data_s3_path"] == "s3://acme/train.jsonl"
    assert again.left == ()
    other = going_on(path, "method=dpo")
    assert other.recipe["run.data_s3_path"] == ""
    (left,) = other.left
    assert left.line().message == (
        "run.data_s3_path=s3://acme/train.jsonl, which is for method=sft"
    )
    own = going_on(path, "method=dpo", "data_s3_path=s3://acme/pairs.jsonl")
    assert (own.left, own.recipe["data_s3_path"]) == ((), "s3://acme/pairs.jsonl")


@pytest.mark.parametrize("earlier", ["rft", "rft on training-job"])
def test_the_reward_function_goes_along_where_the_next_recipe_has_one(tmp_path, earlier):
    path = composed_file(tmp_path, *EARLIER[earlier])
    found = going_on(path, "method=evaluation", "evaluation=rft")
    assert found.recipe["rl_env.reward_lambda_arn"] == REWARD.partition("=")[2]
    other = going_on(path, "method=evaluation", "benchmark=math").recipe
    assert "reward" not in other.to_yaml()


def test_placeholders_and_values_that_are_wrong_stay_behind(tmp_path):
    path = file_of(tmp_path, "model=nova-2-lite", 'mlflow_tracking_uri="<your server>"')
    text = path.read_text()
    assert "s3://my-bucket-name/outputs/" in text
    path.write_text(text.replace("name: bot", "name: -bot-"))
    found = going_on(path, "method=cpt")
    carried = {one.path[-1] for one in found.carried}
    assert carried == {"mlflow_experiment_name", "model_name_or_path"}


@pytest.mark.parametrize(
    ("name", "method", "now"),
    [
        ("support-bot", "dpo", "support-bot-dpo"),
        ("support-bot-dpo", "evaluation", "support-bot-dpo-eval"),
        ("support-bot-sft", "sft", "support-bot-sft-2"),
        ("support-bot-sft-2", "sft", "support-bot-sft-3"),
        ("support-bot-sft-x", "sft", "support-bot-sft-x-sft"),
        ("a" * 34, "dpo", "a" * 30 + "-dpo"),
        ("a" * 29 + "-bbbb", "dpo", "a" * 29 + "-dpo"),
        ("a" * 30, "dpo", "a" * 30 + "-dpo"),
        ("a" * 34, "evaluation", "a" * 34 + "-eval"),
    ],
)
def test_the_name_has_the_method_added_and_is_no_longer_than_the_limits_allow(
    tmp_path, name, method, now
):
    found = going_on(file_of(tmp_path, name=name), f"method={method}")
    assert found.recipe["run.name"] == now
    assert not [f for f in check(found.recipe).findings if f.key == "run.name"]


@pytest.mark.parametrize("mounted", [False, True])
def test_each_value_has_its_place_in_the_earlier_file(tmp_path, mounted):
    path = file_of(tmp_path, *EARLIER["sft"])
    if mounted:
        lines = path.read_text().splitlines()
        path.write_text("recipes:\n" + "".join(f"  {line}\n" for line in lines))
    lines = path.read_text().splitlines()
    origins = going_on(path, "method=dpo").origins
    assert {key[-1] for key in origins} == {
        "name",
        "output_s3_path",
        "mlflow_experiment_name",
        "model_name_or_path",
    }
    for key, origin in origins.items():
        assert lines[origin.line - 1].strip().startswith(f"{key[-1]}: ")


def test_what_was_carried_over_once_is_told_again_when_it_is_composed_again(tmp_path):
    path = file_of(tmp_path, *EARLIER["sft"])
    first = going_on(path, "method=dpo")
    again = going_on(path, *first.recipe.overrides)
    assert again.recipe.overrides == first.recipe.overrides
    assert (again.carried, again.origins) == (first.carried, first.origins)


def test_a_link_is_carried_over_as_its_value_and_one_to_the_environment_as_a_link(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("ACME_BUCKET", "s3://acme-secret-bucket/out")
    path = file_of(tmp_path, *EARLIER["sft"])
    text = path.read_text().replace("s3://acme/out", '"${oc.env:ACME_BUCKET}"')
    path.write_text(text.replace("my-fullrank-experiment", '"${.name}"'))
    with allowing(["ACME_BUCKET"]):
        found = going_on(path, "method=dpo")
        assert found.recipe["output_s3_path"] == "s3://acme-secret-bucket/out"
    assert "acme-secret-bucket" not in " ".join(found.recipe.overrides)
    assert found.recipe["mlflow_experiment_name"] == "bot"


def test_a_library_says_what_is_carried_over(tmp_path):
    """Nothing of it is in the code: neither the groups and keys nor the methods."""
    library = tmp_path / "acme"
    (library / "rules").mkdir(parents=True)
    (library / "rules" / "chains.yaml").write_text(
        """\
chains:
  acme:
    after: {method: evaluation}
    when: {method: evaluation}
    same: {evaluation: the same is evaluated again}
    keys: [temperature]
    checkpoint: model_name_or_path
    because: It is evaluated again.
    source: our team
"""
    )
    path = composed_file(tmp_path, "method=evaluation", "evaluation=llm-judge", "temperature=0.5")
    with using([str(library)]):
        found = going_on(path, "method=evaluation", "evaluation=llm-judge")
        assert [one.override for one in found.carried] == [
            "inference.temperature=0.5",
            "run.model_name_or_path=???",
        ]
        (finding,) = (f for f in check(found.recipe).findings if f.rule == "unset")
        kind, _ = refused(path, "method=evaluation", "evaluation=rft")
    assert finding.because == "It is evaluated again."
    assert kind == "other-choice"


def test_without_chains_nothing_can_be_continued(tmp_path):
    book = rule_book(active_libraries())
    path = file_of(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hydra_recipes.importing.chain.rule_book", lambda _: book._replace(chains=()))
        kind, text = refused(path, "method=dpo")
    assert kind == "no-checkpoint"
    assert text.endswith("method=sft leaves no checkpoint")
