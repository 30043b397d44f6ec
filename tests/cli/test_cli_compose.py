"""``recipe compose``: what is written, where, and that its first line composes it again."""

import json
import shlex

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from hydra_recipes import check, compose
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.shell_words import split

QUICKSTART = "+preset=quickstart_sft"
READY = ("data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out")


def values(text):
    """The recipe in a YAML text as a trainer reads it."""
    return OmegaConf.to_container(OmegaConf.create(text), resolve=True)


@pytest.mark.parametrize("overrides", [(), (QUICKSTART,), ("model=nova-2-lite", "peft=full")])
@pytest.mark.parametrize("links", ["resolved", "relative"])
def test_links_resolve_to_the_same_recipe(recipe, overrides, links):
    ran = recipe("compose", *overrides, "--links", links)
    assert ran.status == 0
    assert values(ran.out) == compose(overrides).resolved()


def test_links_under_recipes_resolve_where_the_launcher_mounts_them(recipe):
    text = recipe("compose", QUICKSTART, "--links", "recipes").out
    assert "num_nodes: ${recipes." in text
    mounted = OmegaConf.create({"recipes": OmegaConf.create(text)})
    resolved = OmegaConf.to_container(mounted, resolve=True)["recipes"]
    assert resolved == compose([QUICKSTART]).resolved()


@pytest.mark.parametrize(
    "overrides",
    [(), (QUICKSTART,), ("model=nova-2-lite",), ("model=nova-pro", "peft=full"), ("~tracking",)],
)
def test_annotations_are_comments_only_and_every_key_has_one(recipe, overrides):
    bare = recipe("compose", *overrides).out
    annotated = recipe("compose", *overrides, "--annotate").out
    assert values(annotated) == values(bare)
    first, *lines = annotated.splitlines()
    assert first == "# recipe compose --annotate" + "".join(
        f" {shlex.quote(text)}" for text in overrides
    )
    plain = bare.splitlines()[1:]
    assert len(lines) == len(plain)
    for line, without in zip(lines, plain, strict=True):
        assert line == without or line.startswith(f"{without}  # ")
        assert yaml.safe_load(line.lstrip(" -")) == yaml.safe_load(without.lstrip(" -"))
        assert "  # " in line or without.lstrip().startswith("- ")


def test_a_schema_is_named_for_editors_in_the_second_line(recipe):
    lines = recipe("compose", "--schema", "nova.schema.json").out.splitlines()
    assert lines[0] == "# recipe compose --schema nova.schema.json"
    assert lines[1] == "# yaml-language-server: $schema=nova.schema.json"
    assert lines[2] == "run:"


@pytest.mark.parametrize("arguments", [("--json",), ("--format", "json"), ("--json",) * 2])
def test_json_has_the_same_values(recipe, arguments):
    ran = recipe("compose", QUICKSTART, *arguments)
    assert json.loads(ran.out) == compose([QUICKSTART]).resolved()


def test_a_file_gets_what_the_screen_would_and_its_name_decides_the_format(recipe, tmp_path):
    ran = recipe("compose", "-o", "a.yaml")
    assert (ran.status, ran.out) == (0, "")
    assert ran.err.splitlines()[-1] == "wrote a.yaml"
    assert (tmp_path / "a.yaml").read_text() == recipe("compose").out
    recipe("compose", "-o", "a.json")
    assert (tmp_path / "a.json").read_text() == recipe("compose", "--json").out
    recipe("compose", "-o", "b.json", "--format", "yaml")
    assert (tmp_path / "b.json").read_text() == recipe("compose").out
    assert recipe("compose", "-o", "c.json", "--annotate").status == 2
    assert not (tmp_path / "c.json").exists()


def test_a_dash_is_standard_output(recipe, tmp_path):
    ran = recipe("compose", "-o", "-")
    assert ran.out == recipe("compose").out
    assert list(tmp_path.iterdir()) == []


def test_an_invalid_recipe_is_not_written_and_its_findings_are_shown(recipe, tmp_path):
    ran = recipe("compose", "run.replicas=5", "-o", "bad.yaml")
    assert (ran.status, ran.out) == (1, "")
    assert "error: run.replicas is 5; allowed: 2, 4 or 8" in ran.err
    assert "\nrun.replicas=5: not valid (1 error" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_findings_of_a_valid_recipe_are_told_beside_it(recipe):
    ran = recipe("compose", "lr=1e-3")
    assert ran.status == 0
    assert "warning: lr is 0.001" in ran.err
    assert ran.out.startswith("# recipe compose lr=1e-3\nrun:\n")


def test_composing_and_checking_by_hand_agree(recipe, tmp_path):
    recipe("compose", "model=nova-lite", "lr=1e-3", "-o", "a.yaml")
    mine = {(f.rule, f.key) for f in check(compose(["model=nova-lite", "lr=1e-3"])).findings}
    assert {(f.rule, f.key) for f in check_file(tmp_path / "a.yaml").findings} == mine


# Text that can be shown, and line breaks: a comment holds nothing else.
WORDS = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp")).filter(str.isprintable), max_size=20
) | st.sampled_from(
    [
        "",
        "a b",
        "it's",
        'say "hi"',
        "a\nb",
        "a\\",
        "$HOME",
        "`id`",
        "#x",
        "a, b",
        "${x}",
        "a\n\nb",
        "a\tb\x1b\u2028\x85",
        "!",
    ]
)


def quoted(value):
    """A text as Hydra's grammar takes any text: in double quotes."""
    out = value.replace("${", "{")
    doubled = ""
    for at, character in enumerate(out):
        rest = out[at:]
        run = len(rest) - len(rest.lstrip("\\"))
        before_quote = rest[run : run + 1] in ('"', "")
        doubled += '\\"' if character == '"' else "\\\\" if run and before_quote else character
    return f'"{doubled}"'


OVERRIDES = st.lists(
    st.one_of(
        WORDS.map(lambda value: f"run.mlflow_experiment_name={quoted(value)}"),
        WORDS.map(lambda value: f"mlflow_tracking_uri={quoted(value)}"),
        st.sampled_from(["model=nova-lite", "model=nova-pro", "peft=full", "hardware=p5en"]),
        st.sampled_from(["run.mlflow_run_name=$<recipes.run.name>", "lr=$<.sched.min_lr>"]),
        st.sampled_from(["betas=[0.9, 0.95]", "~global_batch_size", "++run.replicas=6"]),
    ),
    max_size=4,
    unique_by=lambda text: text.split("=")[0],
)
FLAGS = st.sampled_from([(), ("--links", "relative"), ("--annotate",), ("--schema", "a b.json")])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(OVERRIDES, FLAGS)
def test_the_first_line_composes_the_recipe_again(recipe, overrides, flags):
    ran = recipe("compose", *flags, *overrides)
    if ran.status == 1:  # not valid, so not written
        return
    assert ran.status == 0, ran
    again = recipe(*command_in(ran.out))
    assert values(again.out) == values(ran.out) == compose(overrides).resolved()


def command_in(text):
    """The arguments of the command that a recipe's first line gives."""
    program, *arguments = split(text.split("\n")[0].removeprefix("# "))
    assert program == "recipe"
    return arguments


def test_a_rule_stands_beside_every_key_it_names_in_words(recipe):
    annotated = recipe("compose", "--annotate").out
    beside = {line.split(":")[0].strip(): line for line in annotated.splitlines()}
    assert beside["lr"].endswith("; min_lr < lr")
    assert beside["min_lr"].endswith("; min_lr < lr")
    assert "One of them has to say when training ends" in beside["max_epochs"]
    assert "||" not in annotated


@pytest.mark.parametrize("command", ["compose", "check"])
def test_what_is_given_twice_is_told_and_the_last_counts(recipe, command):
    ran = recipe(command, "model=nova-lite", "lr=1e-5", "model=nova-pro", "lr=1e-5", *READY)
    assert ran.status == 0
    told = "model is given twice, by 'model=nova-lite' and 'model=nova-pro': the last counts"
    assert ran.err == f"warning: {told} [given-twice]\n"
    assert command == "check" or "model_type: amazon.nova-pro" in ran.out
