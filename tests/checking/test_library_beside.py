"""Values that land beside the recipe: told where no link reads them, left alone where one does."""

import json

import pytest

from hydra_recipes import check, compose
from hydra_recipes.library.model import builtin
from support.team_libraries import write_library

KEYS = "# Ours.\ndata_s3_path: s3://acme/search.jsonl\nname: ours\n"
READY = ("data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/out")

MISPLACED = {
    "no header": (KEYS, 2, "recipes.run"),
    "a header of the root": (f"# @package run\n{KEYS}", 1, "recipes.run"),
    "a header of nothing": (f"# @package recipe.run\n{KEYS}", 1, "recipes.run"),
    "a misspelt header": (f"# @pakage recipes.run\n{KEYS}", 3, "recipes.run"),
    "a header after a comment": (f"# Ours.\n# @package recipes.run\n{KEYS}", 4, "recipes.run"),
    "a header in the group": (f"# @package _group_\n{KEYS}", 1, "recipes.run"),
    "keys further down": (
        "# Ours.\nlr: 1e-5\nbetas: [0.9, 0.98]\n",
        2,
        "recipes.training_config.model.optim",
    ),
    "a misspelt root": (
        "# @package _globl_\n# Ours.\nrecipes: {run: {replicas: 4}}\n",
        1,
        "_global_",
    ),
    "no root": ("# Ours.\nrecipes:\n  run:\n    replicas: 4\n", 4, "_global_"),
    "a root without recipes": ("# @package _global_\nrun: {replicas: 4}\n", 1, "recipes"),
}


@pytest.mark.parametrize(("text", "line", "right"), MISPLACED.values(), ids=MISPLACED.keys())
def test_what_lands_beside_the_recipe_is_told_with_the_right_header(
    tmp_path, recipe, text, line, right
):
    team = write_library(tmp_path / "team" / "conf", {"dataset/ours": text}).parent
    found = check(compose(["+dataset=ours", *READY], libraries=[team])).findings
    assert [(f.severity, f.rule, f.origin.line) for f in found] == [
        ("warning", "beside-recipe", line)
    ]
    assert found[0].hint == f"begin the file with # @package {right}"
    header = f"# @package {right}\n"
    mended = header + "".join(t for t in text.splitlines(True) if not t.startswith("# @"))
    write_library(team / "conf", {"dataset/ours": mended})
    mended = compose(["+dataset=ours", *READY], libraries=[team])
    assert "beside-recipe" not in {finding.rule for finding in check(mended).findings}
    assert mended != compose(READY)  # it is in force now


def test_all_commands_tell_it(tmp_path, recipe, small):
    write_library(tmp_path / "team" / "conf", {"dataset/ours": f"# @package run\n{KEYS}"})
    words = ("--library", "team", "+dataset=ours", *READY)
    for command in ("compose", "check"):
        ran = recipe(command, *words)
        assert ran.status == 0
        assert "team:dataset/ours.yaml:1:1: warning: run.data_s3_path, run.name" in (
            ran.err + ran.out
        )
    assert recipe("check", "--strict", *words).status == 1
    ran = recipe("library", "check", "team", "--json")
    rules = [(f["rule"], f["origin"]["line"]) for f in json.loads(ran.out)["findings"]]
    assert rules == [("beside-recipe", 1)]
    assert recipe("library", "check", "team", "--strict").status == 1


def test_the_page_of_a_library_does_not_claim_it(tmp_path, recipe):
    write_library(
        tmp_path / "team" / "conf",
        {
            "dataset/run": f"# @package run\n{KEYS}",
            "dataset/none": KEYS,
            "dataset/right": f"# @package recipes.run\n{KEYS}",
        },
    )
    page = recipe("library", "docs", "team").out
    assert page.count("s3://acme/search.jsonl") == 1


def test_a_file_that_is_right_but_for_one_key(tmp_path):
    text = "# @package _global_\nrecipes:\n  run: {name: ours}\nrun:\n  replicas: 4\n"
    team = write_library(tmp_path / "team" / "conf", {"preset/ours": text}).parent
    (found,) = check(compose(["+preset=ours", *READY], libraries=[team])).findings
    assert (found.origin.line, found.key) == (5, "run.replicas")
    assert found.hint == "put it under recipes:"


def test_a_package_that_a_defaults_list_gives(tmp_path):
    files = {
        "dataset/ours": f"# @package recipes.run\n{KEYS}",
        "preset/ours": "# @package _global_\ndefaults: [/dataset@elsewhere: ours, _self_]\n"
        "recipes: {run: {replicas: 4}}\n",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    (found,) = check(compose(["+preset=ours", *READY], libraries=[team])).findings
    assert found.message.endswith("a defaults list gives it the package elsewhere")
    assert found.hint == "leave out @elsewhere"


READ = {
    "by its name": "name: x-${vars.name}\n",
    "as a whole": "name: x-${vars.name}\nmlflow_tracking_uri: ${oc.select:vars}\n",
    "by a key that is read": "name: x-${vars.${vars.which}}\n",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ.keys())
def test_what_a_link_reads_is_fine(tmp_path, text):
    files = {
        "vars/ours": "# Ours.\nname: ours\nwhich: name\n"
        if "which" in text
        else "# Ours.\nname: ours\n",
        "preset/ours": f"# @package recipes.run\n{text}",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    recipe = compose(["+vars=ours", "+preset=ours", *READY], libraries=[team])
    assert "beside-recipe" not in {finding.rule for finding in check(recipe).findings}
    assert recipe["run.name"] == "x-ours"


def test_what_only_other_choices_read_is_fine(tmp_path):
    files = {
        "vars/ours": "# Ours.\nname: ours\n",
        "preset/ours": "# @package recipes.run\nname: x-${vars.name}\n",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    assert check(compose(["+vars=ours", *READY], libraries=[team])).findings == ()


def test_what_no_link_reads_beside_what_one_does(tmp_path):
    files = {
        "vars/ours": "# Ours.\nname: ours\nspare: 1\n",
        "preset/ours": "# @package recipes.run\nname: x-${vars.name}\n",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    found = check(compose(["+vars=ours", "+preset=ours", *READY], libraries=[team])).findings
    assert [(one.key, one.origin.line) for one in found] == [("vars.spare", 3)]
    assert "read it by a link, ${vars.spare}" in found[0].hint


OWN = {
    "nothing": "# Ours.\n",
    "the recipe": f"# @package recipes.run\n{KEYS}",
}


@pytest.mark.parametrize("text", OWN.values(), ids=OWN.keys())
def test_nothing_is_said_of_what_is_as_it_should_be(tmp_path, text):
    team = write_library(tmp_path / "team" / "conf", {"preset/ours": text}).parent
    assert check(compose(["+preset=ours", *READY], libraries=[team])).findings == ()


def test_nothing_is_said_of_what_a_primary_config_has_of_its_own(tmp_path):
    own = (builtin().root / "config.yaml").read_text(encoding="utf-8")
    own += "\nseed: 1\ndb: {host: here}\nhydra: {job: {name: ours}, run: {dir: out}}\n"
    files = {"config": own, "rules/x": "shadows: [config]\n"}
    team = write_library(tmp_path / "team" / "conf", files).parent
    recipe = compose(READY, libraries=[team])
    assert recipe.scope.beside["seed"] == 1
    assert recipe.scope.beside["hydra"]["job"] == {"name": "ours"}
    assert check(recipe).findings == ()


HYDRAS = {
    "by its header": (
        "# @package hydra.job\n# Ours.\nname: ours\n",
        "1:1",
        "; if meant for the recipe, begin the file with # @package recipes.run",
    ),
    "by its key": (
        "# @package _global_\n# Ours.\nrecipes: {run: {name: x}}\nhydra:\n  job:\n    name: y\n",
        "6:11",
        "",
    ),
    "by its key alone": ("# @package _global_\n# Ours.\nhydra: {job: {name: ours}}\n", "3:21", ""),
}


@pytest.mark.parametrize(("text", "at", "or_else"), HYDRAS.values(), ids=HYDRAS.keys())
def test_settings_of_hydras_own_are_told_as_that_by_all_commands(
    tmp_path, recipe, small, text, at, or_else
):
    write_library(tmp_path / "team" / "conf", {"dataset/ours": text})
    words = ("--library", "team", "+dataset=ours", *READY)
    for *command, place in (
        ("compose", *words, "team:dataset/ours.yaml"),
        ("check", *words, "team:dataset/ours.yaml"),
        ("library", "check", "team", "team/conf/dataset/ours.yaml"),
    ):
        ran = recipe(*command)
        assert ran.status == 0
        told = ran.err + ran.out
        assert told.count("warning: ") == 1
        assert (
            f"{place}:{at}: warning: hydra.job.name is a setting of "
            "Hydra's own: a plain Hydra app uses it, recipe commands don't [hydra-setting]\n"
        ) in told
        assert f"  try: put it into the primary config of an app{or_else}\n" in told
        if command[0] != "compose":
            assert recipe(*command, "--strict").status == 1
    assert "hydra" not in recipe("library", "docs", "team").out
    assert "hydra" not in recipe("list", "dataset=ours", "--library", "team").out


def test_settings_of_hydras_own_that_recipes_have_no_key_for(tmp_path):
    text = "# @package hydra\n# Ours.\njob: {chdir: true}\nrun: {dir: 'out/${hydra.job.chdir}'}\n"
    team = write_library(tmp_path / "team" / "conf", {"dataset/ours": text}).parent
    (found,) = check(compose(["+dataset=ours", *READY], libraries=[team])).findings
    assert found.message.startswith("hydra.job.chdir, hydra.run.dir are settings of Hydra's own: ")


def test_settings_of_hydras_own_by_the_package_that_a_defaults_list_gives(tmp_path):
    files = {
        "dataset/ours": "# @package recipes.run\nname: ours\n",
        "preset/ours": "# @package _global_\ndefaults: [/dataset@hydra.job: ours, _self_]\n",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    (found,) = check(compose(["+preset=ours", *READY], libraries=[team])).findings
    assert found.rule == "hydra-setting"
    assert found.hint.endswith("; if meant for the recipe, leave out @hydra.job")


def test_settings_of_hydras_own_beside_other_values_are_told_apart(tmp_path):
    text = "# @package _global_\nrun: {replicas: 4}\nhydra: {job: {name: ours}}\n"
    team = write_library(tmp_path / "team" / "conf", {"preset/ours": text}).parent
    found = check(compose(["+preset=ours", *READY], libraries=[team])).findings
    assert {one.rule: one.key for one in found} == {
        "beside-recipe": "run.replicas",
        "hydra-setting": "hydra.job.name",
    }


def test_a_setting_of_hydras_own_that_a_link_of_the_recipe_reads_is_fine(tmp_path):
    text = (
        "# @package _global_\nhydra: {job: {name: ours}}\n"
        "recipes: {run: {name: '${hydra.job.name}'}}\n"
    )
    team = write_library(tmp_path / "team" / "conf", {"preset/ours": text}).parent
    assert check(compose(["+preset=ours", *READY], libraries=[team])).findings == ()


WRONG_PART = {
    "a misspelt part": ("# @package recipes.runn\n# Ours.\nreplicas: 4\n", "runn.replicas"),
    "a part in another": (
        "# @package recipes.training_config.run\nreplicas: 4\n",
        "training_config.run.replicas",
    ),
    "the recipe itself": ("# @package recipes\nreplicas: 4\nname: x\n", "replicas"),
}


@pytest.mark.parametrize(("text", "key"), WRONG_PART.values(), ids=WRONG_PART.keys())
def test_a_header_of_a_part_that_recipes_do_not_have(tmp_path, recipe, small, text, key):
    team = write_library(tmp_path / "team" / "conf", {"preset/x": text}).parent
    (found,) = check(compose(["+preset=x", *READY], libraries=[team])).findings
    assert (found.severity, found.rule, found.origin.line) == ("error", "unknown-key", 1)
    assert found.key == key
    assert found.hint == "begin the file with # @package recipes.run"
    ran = recipe("check", "--library", "team", "+preset=x", *READY)
    assert "team:preset/x.yaml:1:1: error: " in ran.out
    assert f"try: {found.hint}" in ran.out
    assert "~" not in ran.out  # to take the keys out loses what the file says
    ran = recipe("library", "check", "team")
    assert "team/conf/preset/x.yaml:1:1: error: " in ran.out
    assert f"try: {found.hint}" in ran.out


def test_a_part_that_a_defaults_list_misspells(tmp_path):
    files = {
        "dataset/ours": "# @package recipes.run\nname: ours\n",
        "preset/ours": "# @package _global_\ndefaults: [/dataset@recipes.runn: ours, _self_]\n",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    (found,) = check(compose(["+preset=ours", *READY], libraries=[team])).findings
    assert found.origin.line == 2
    assert found.hint == "leave out @recipes.runn"


def test_one_key_that_is_unknown_has_its_place_and_leaves_the_header(tmp_path):
    text = "# @package recipes.run\nname: x\nteam: {a: 1}\n"
    team = write_library(tmp_path / "team" / "conf", {"preset/x": text}).parent
    (found,) = check(compose(["+preset=x", *READY], libraries=[team])).findings
    assert (found.kind, found.key, found.origin.line) == ("unknown-key-in-recipe", "run.team", 3)


BROKEN = {
    "a colon": ("# @package: recipes.run\n", "recipes.run"),
    "a capital letter": ("# @Package recipes.run\n", "recipes.run"),
    "no sign": ("# package recipes.training_config\n", "recipes.training_config"),
    "what it names is no part": ("# @Package recipes.runn\n", "recipes.run"),
    "its own group": ("# @package _group_\n", "recipes.run"),
    "after a comment": ("# Ours.\n# @package recipes.training_config\n", "recipes.training_config"),
}


@pytest.mark.parametrize(("header", "right"), BROKEN.values(), ids=BROKEN.keys())
def test_the_package_that_a_broken_header_names_is_advised(tmp_path, recipe, small, header, right):
    write_library(tmp_path / "team" / "conf", {"preset/x": f"{header}replicas: 4\n"})
    ran = recipe("check", "--library", "team", "+preset=x", *READY)
    assert f"  try: begin the file with # @package {right}\n" in ran.out
    assert (
        f"  try: begin the file with # @package {right}\n" in recipe("library", "check", "team").out
    )


@pytest.mark.parametrize("header", ["_global_", "recipes.run", "run"])
@pytest.mark.parametrize("name", ["default", "Defaults", "defualts"])
def test_a_defaults_list_under_another_name(tmp_path, header, name):
    text = f"# @package {header}\n# Ours.\n{name}:\n  - override /model: nova-lite\n"
    team = write_library(tmp_path / "team" / "conf", {"preset/x": text}).parent
    (found,) = check(compose(["+preset=x", *READY], libraries=[team])).findings
    assert found.hint == "did you mean defaults"
    assert (found.origin.line, found.origin.column) == (3, 1)
    assert found.key.endswith(name)


@pytest.mark.parametrize("package", ["_here_", "_global_", "elsewhere"])
def test_a_package_is_left_out_as_it_is_written(tmp_path, package):
    files = {
        "dataset/ours": f"# @package recipes.run\n{KEYS}",
        "preset/ours": f"# @package _global_\ndefaults: [/dataset@{package}: ours, _self_]\n",
    }
    team = write_library(tmp_path / "team" / "conf", files).parent
    found = check(compose(["+preset=ours", *READY], libraries=[team])).findings
    assert [one.hint for one in found] == [f"leave out @{package}"]
