"""Links that resolve only under ``recipes``: told in files, with what to write instead."""

import json

import pytest
import yaml

from hydra_recipes import check, compose
from hydra_recipes.links.dependencies import needs_mount
from support.nested_trees import nested
from support.places import SHARED
from support.team_libraries import write_library

RULE = "hyperpod-links"
QUICKSTART = ("+preset=quickstart_sft", "run.replicas=4")


def links_in(findings):
    return {one.key: one for one in findings if one.rule == RULE}


@pytest.fixture
def told(tmp_path):
    """What is said of the links of a recipe's file, by key."""

    def run(text):
        path = tmp_path / "recipe.yaml"
        path.write_text(text)
        return links_in(check(path).findings)

    return run


def with_value(key, value):
    """The quickstart as it is composed, with another value at a key."""
    recipe = compose([*QUICKSTART, "run.name=my-run"])
    tree = recipe.resolved()
    *parents, last = key.split(".")
    node = tree
    for parent in parents:
        node = node[parent]
    node[last] = value
    return yaml.safe_dump(tree)


def test_a_link_from_recipes_is_told_with_its_place_and_both_ways_to_write_it(told):
    text = compose([*QUICKSTART]).to_yaml(links="recipes")
    found = told(text)
    assert found.keys() == {
        "training_config.replicas",
        "training_config.trainer.num_nodes",
        "training_config.exp_manager.checkpoint_callback_params.every_n_train_steps",
    }
    finding = found["training_config.trainer.num_nodes"]
    assert finding.severity == "warning"
    assert finding.value == "${recipes.training_config.replicas}"
    assert finding.hint == "write ${..replicas} or 4"
    line = text.splitlines()[finding.origin.line - 1]
    assert line == "    num_nodes: ${recipes.training_config.replicas}"
    assert "submits" in finding.because


@pytest.mark.parametrize(
    ("key", "link", "hint"),
    [
        ("run.mlflow_run_name", "${recipes.run.name}", "write ${.name} or my-run"),
        ("run.mlflow_run_name", "$<recipes.run.name>", "write ${.name} or my-run"),
        ("run.mlflow_run_name", "a-${recipes.run.name}", "write a-${.name} or a-my-run"),
        ("run.mlflow_run_name", "${...recipes.run.name}", "write ${.name} or my-run"),
        ("run.mlflow_run_name", "${recipes[run].name}", "write ${.name} or my-run"),
        ("run.mlflow_run_name", "${[recipes].run.name}", "write ${.name} or my-run"),
        (
            "training_config.save_steps",
            "${oc.select:recipes.training_config.trainer.max_steps}",
            "write ${oc.select:.trainer.max_steps} or 16",
        ),
        (
            "training_config.save_steps",
            "${multiply:2,${recipes.training_config.trainer.max_steps}}",
            "write ${multiply:2,${.trainer.max_steps}} or 32",
        ),
        (
            "training_config.save_steps",
            "${oc.select:nothing,${recipes.training_config.trainer.max_steps}}",
            "write 16",  # it reads what leads out of the recipe
        ),
    ],
)
@pytest.mark.parametrize("mounted", [False, True])
def test_each_way_to_write_one_is_told(told, key, link, hint, mounted):
    text = with_value(key, link)
    text = yaml.safe_dump({"recipes": yaml.safe_load(text)}) if mounted else text
    found = told(text)
    assert found.keys() == {key}
    assert found[key].hint == hint


@pytest.mark.parametrize(
    "link",
    [
        "${.name}",
        "${..run.name}",
        "${oc.select:run.name}",
        "\\${recipes.run.name}",
        "recipes.run.name",
        "${oc.select:'.name',recipes}",
    ],
)
def test_what_resolves_everywhere_is_not_told(told, link):
    assert told(with_value("run.mlflow_run_name", link)) == {}


def test_a_link_in_a_list_is_told_by_its_position(told):
    key = "training_config.model.optim.betas"
    (finding,) = told(with_value(key, ["${recipes.training_config.model.optim.lr}", 0.9])).values()
    assert finding.key == f"{key}.0"
    assert finding.hint == "write ${..lr} or 1e-05"


def test_a_link_without_a_value_is_told_as_that_alone(told, tmp_path):
    assert told(with_value("run.mlflow_run_name", "${recipes.run.nothing}")) == {}
    assert "link-missing" in [one.kind for one in check(tmp_path / "recipe.yaml").findings]


def test_other_platforms_and_composed_recipes_are_not_told(recipe, tmp_path):
    text = compose([*QUICKSTART]).to_yaml(links="recipes")
    (tmp_path / "recipe.yaml").write_text(text)
    assert RULE in recipe("check", "recipe.yaml").out
    assert RULE not in recipe("check", "recipe.yaml", "platform=training-job").out
    assert RULE not in recipe("check", *QUICKSTART).out
    assert links_in(check(yaml.safe_load(text)).findings) == {}
    for links in ("resolved", "relative"):
        written = recipe("compose", *QUICKSTART, "--links", links).out
        (tmp_path / "recipe.yaml").write_text(written)
        assert RULE not in recipe("check", "recipe.yaml").out


def test_it_fails_a_strict_check_alone(recipe, tmp_path):
    text = compose([*QUICKSTART]).to_yaml(links="recipes")
    (tmp_path / "recipe.yaml").write_text(text)
    assert recipe("check", "recipe.yaml").status == 0
    assert recipe("check", "recipe.yaml", "--strict").status == 1


def test_a_library_switches_it_off_as_any_other(recipe, tmp_path):
    text = compose([*QUICKSTART]).to_yaml(links="recipes")
    (tmp_path / "recipe.yaml").write_text(text)
    off = f"off:\n  {RULE}: We use no launcher.\n"
    write_library(tmp_path / "team", {"rules/team": off})
    ran = recipe("check", "--library", "team", "recipe.yaml", "--json")
    (answer,) = map(json.loads, ran.out.splitlines())
    assert RULE not in [one["rule"] for one in answer["findings"]]
    assert [one["rule"] for one in answer["off"]] == [RULE]


def test_a_library_has_such_a_limit_of_its_own(recipe, tmp_path):
    text = compose([*QUICKSTART]).to_yaml(links="recipes")
    (tmp_path / "recipe.yaml").write_text(text)
    limit = "limits:\n  ours: {links: relative, because: We move recipes about.}\n"
    write_library(tmp_path / "team", {"rules/team": limit})
    ran = recipe("check", "--library", "team", "recipe.yaml", "platform=training-job")
    assert "error: training_config.replicas is ${recipes.run.replicas}" in ran.out
    assert "[ours]" in ran.out
    assert ran.status == 1


def test_a_limit_wants_links_to_be_relative_or_nothing_of_them(recipe, tmp_path):
    limit = "limits:\n  ours: {links: absolute, because: We said so.}\n"
    write_library(tmp_path / "team", {"rules/team": limit})
    ran = recipe("check", "--library", "team", "model=nova-lite")
    assert "ours can't be used: links has to be relative" in ran.err


def test_what_was_read_from_the_environment_is_not_suggested(recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_NAME", "very-secret-name")
    link = "${recipes.run.name}-${oc.env:SECRET_NAME}"
    (tmp_path / "recipe.yaml").write_text(with_value("run.mlflow_run_name", link))
    ran = recipe("check", "--allow-env", "SECRET_NAME", "recipe.yaml")
    assert "write ${.name}-${oc.env:SECRET_NAME}\n" in ran.out
    assert "very-secret" not in ran.out


def test_published_recipes_and_ppo_are_not_told(told):
    path = SHARED / "published" / "nova.json"
    if not path.exists():
        pytest.skip("the published recipes (shared/published/nova.json) are not here")
    recipes = json.loads(path.read_text())
    linked = [one for one in recipes if "${" in json.dumps(one["values"])]
    assert {one["choices"]["method"] for one in linked} == {"ppo", "rft", "sft"}
    for one in linked:
        tree = nested(one["values"])
        assert told(yaml.safe_dump(tree)) == {}, one["id"]
        assert told(yaml.safe_dump({"recipes": tree})) == {}, one["id"]


def test_dots_that_stay_inside_need_no_mount():
    assert not needs_mount("${...x}", ("a", "b", "c"))
    assert not needs_mount("${...x}", ("a", "b", "c", "d"))
    assert needs_mount("${....recipes.x}", ("a", "b", "c"))
    assert not needs_mount("${recipes_of.x}", ("a",))
    assert not needs_mount("${", ("a",))
