"""Hints: what ``recipe check`` says to try works when it is pasted."""

import shlex

import pytest

PATHS = ("data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/out")


def hints_in(shown):
    return [line.partition("try: ")[2] for line in shown.splitlines() if "  try: " in line]


@pytest.mark.parametrize("links", ["resolved", "relative", "recipes"])
def test_a_key_that_a_file_lacks_is_added_by_the_hint_and_links_to_it_stay(recipe, tmp_path, links):
    recipe("compose", "method=ppo", *PATHS, "--links", links, "-o", "ppo.yaml")
    lines = (tmp_path / "ppo.yaml").read_text().splitlines(keepends=True)
    kept = [line for line in lines if "  rm_replicas: " not in line]
    (tmp_path / "ppo.yaml").write_text("".join(kept))
    shown = recipe("check", "ppo.yaml").out
    assert set(hints_in(shown)) == {"+rm_replicas=1"}
    pasted = recipe("check", "ppo.yaml", "+rm_replicas=1")
    assert (pasted.status, hints_in(pasted.out)) == (0, [])


REWARD = "reward_lambda_arn=arn:aws:lambda:us-east-1:123456789012:function:reward"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("method=rft", "platform=training-job", REWARD), "to submit: empty"),
        (
            ("method=rft", "platform=training-job", REWARD, "data_s3_path=s3://acme/t.jsonl"),
            "usual: empty",
        ),
        (("method=evaluation", "data_s3_path=s3://acme/t.jsonl"), "usual: empty"),
        (("platform=training-job", "output_s3_path=s3://acme/out"), "usual: empty"),
    ],
)
def test_where_a_path_is_to_stay_empty_the_hint_empties_it(recipe, overrides, message):
    shown = recipe("check", *overrides).out
    assert message in shown
    (hint,) = hints_in(shown)
    assert hint.endswith("_s3_path='\"\"'")
    pasted = recipe("check", *overrides, *shlex.split(hint))
    assert (pasted.status, hints_in(pasted.out)) == (0, [])


def test_a_function_in_another_region_is_answered_with_the_arns_in_one(recipe):
    server = "mlflow_tracking_uri=arn:aws:sagemaker:{}:123456789012:mlflow-tracking-server/x"
    words = ("method=rft", *PATHS, REWARD.replace("us-east-1", "eu-west-1"))
    shown = recipe("check", *words, server.format("us-east-1")).out
    assert hints_in(shown) == [server.format("eu-west-1")]
    assert f"    or: {REWARD}\n" in shown
    for hint in (server.format("eu-west-1"), REWARD):
        assert recipe("check", *words, server.format("us-east-1"), hint).status == 0


@pytest.mark.parametrize("region", ["us-east1", "eu-mars-9"])
def test_a_region_that_is_none_is_at_fault(recipe, region):
    ran = recipe("check", "method=rft", *PATHS, REWARD.replace("us-east-1", region))
    assert ran.status == 1
    assert "; allowed: an ARN in a Region that there is, such as us-east-1" in ran.out
    assert "no repair found" not in ran.out


@pytest.fixture
def plain(recipe, tmp_path):
    """Composes a file without its first line, so that its keys alone tell its choices."""

    def compose(*overrides, changes):
        recipe("compose", *overrides, "-o", "plain.yaml", "--force")
        text = (tmp_path / "plain.yaml").read_text().partition("\n")[2]
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "plain.yaml").write_text(text)
        return recipe("check", "plain.yaml").out

    return compose


@pytest.mark.parametrize(
    "more", [{}, {"lr: 1.0e-05": "lr: 5", "alpha: 128": "alpha: 5", "max_length: 32768": "zzz: 5"}]
)
def test_cited_is_the_limit_that_the_hint_goes_by_whatever_else_is_wrong(plain, more):
    shown = plain("model=nova-lite", *PATHS, changes={"replicas: 4": "replicas: 5", **more})
    (line,) = [line for line in shown.splitlines() if "error: run.replicas is 5" in line]
    assert line.endswith("[nova-lite-replicas]")
    assert "  because: Nova Lite trains on 4, 8, 16 or 32 P instances. (" in shown
    assert "  try: replicas=4\n" in shown


def test_where_reasons_differ_no_line_is_empty_of_one_and_where_they_agree_it_is_told(plain):
    shown = plain("model=nova-lite", *PATHS, changes={"amazon.nova-lite-v1:0:300k": "foo"})
    assert "model_type is foo" in shown
    assert "because" not in shown
    shown = plain("method=evaluation", "data_s3_path=", changes={"task: mmlu": "task: foo"})
    assert "  because: Each benchmark, and each other kind of evaluation, is a task" in shown


def test_what_only_the_published_recipe_has_is_told_with_what_other_sources_name(recipe):
    words = ("method=dpo", "model=nova-pro", "peft=lora", "hardware=p4d", *PATHS)
    ran = recipe("check", *words, "replicas=6")
    assert ran.status == 0
    assert (
        "warning: run.replicas is 6; usual: 12 or 24 [nova-pro-dpo-replicas-p4d-usual]" in ran.out
    )
    assert recipe("check", *words, *hints_in(ran.out)).out.endswith(": valid\n")
