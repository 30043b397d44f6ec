"""Mistakes in a defaults list: each in one line of our own, with its place and what to write."""

import re

import hydra
import pytest

from hydra_recipes import check, compose
from hydra_recipes.findings.errors import LibraryError
from support.team_libraries import write_library

STABLE = hydra.__version__.startswith("1.3")
D = "# @package recipes.run\n# Ours.\ndata_s3_path: s3://acme/d.jsonl\n"
TEAM = {"dataset/d": D, "dataset/10": D, "dataset/1e3": D, "vector/a": D}
READY = ("data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/out")

ENTRIES = {
    "an override without a slash": "[_self_, override model: nova-lite]",
    "a group without a slash": "[_self_, dataset: d]",
    "an option without a slash": "[_self_, dataset/d]",
    "an equals sign": "[_self_, /dataset=d]",
    "no space after the colon": "[_self_, '/dataset:d']",
    "an override as one word": "[_self_, override /model/nova-lite]",
    "an optional option as one word": "[_self_, optional dataset=d]",
    "a number": "[_self_, /dataset: 10]",
    "a number with an exponent": "[_self_, /dataset: 1e3]",
    "a truth value": "[_self_, /dataset: true]",
    "a number in a list": "[_self_, /dataset: [d, 10]]",
    "a list in a list": "[_self_, /dataset: [[d]]]",
    "a number as an entry": "[_self_, 10]",
    "nothing as an entry": "[_self_, null]",
    "a list as an entry": "[_self_, [d]]",
    "an empty mapping": "[_self_, {}]",
    "a mapping as an option": "[_self_, /dataset: {d: 1}]",
    "two groups in one entry": "[_self_, {override /model: nova-lite, override /peft: lora}]",
    "a number as a group": "[_self_, 10: d]",
    "a keyword without a group": "[_self_, 'override ': d]",
    "a keyword that isn't one": "[_self_, overide /model: nova-lite]",
    "two keywords": "[_self_, optional override /model: nope]",
    "a mapping": "{model: nova-lite}",
    "text": "/dataset/d",
    "nothing": "",
    "_self_ twice": "[_self_, _self_]",
    "_self_ with a package": "[_self_@recipes]",
    "_self_ as an option": "[/dataset: _self_]",
    "a group twice": "[_self_, /dataset: d, /dataset: '10']",
    "an option twice": "[_self_, /dataset: d, /dataset: d]",
    "a group after an override": "[override /model: nova-lite, /dataset: d]",
    "an override of a group that nothing chooses": "[_self_, override /dataset: d]",
    "an override of a group that isn't there": "[_self_, override /modell: nova-lite]",
    "an override by an option that isn't there": "[_self_, override /model: nova-litte]",
    "an override at another package": "[_self_, override /model@x: nova-lite]",
    "an override twice": "[_self_, override /model: nova-lite, override /model: nova-pro]",
    "an override of an option twice": "[_self_, override /peft: lora, override /peft: lora]",
    "a needed group that is left out": "[_self_, override /model: null]",
    "a group that others follow from left out": "[_self_, {override /generation: }]",
    "an offered group left out": "[_self_, {override /hardware: ~}]",
    "two slashes": "[_self_, //dataset: d]",
    "three slashes and a keyword": "[_self_, override ///model: nova-lite]",
    "two slashes before an option": "[_self_, //dataset/d@recipes.run]",
    "the primary config": "[_self_, /config]",
    "the primary config without a slash": "[_self_, config]",
    "an override of Hydra's own": "[_self_, override /hydra/launcher: x]",
    "an option that isn't there": "[_self_, /dataset: dd]",
    "an option unlike any": "[_self_, /dataset: zzzz]",
    "a group that isn't there": "[_self_, /datasett: d]",
    "an open option": "[_self_, /dataset: '???']",
    "an open override": "[_self_, override /model: '???']",
    "an open entry": "[_self_, '/dataset/???']",
    "a link to no group": "[_self_, '/dataset: ${modle}', {/dataset: '${modle}'}]",
    "a link that isn't closed": "[_self_, /dataset: '${model']",
    "a link in a list": "[_self_, /dataset: ['${model}']]",
    "several where one is needed": "[_self_, override /model: [nova-lite, nova-pro]]",
    "a circle": "[_self_, p]",
}
FOREIGN = re.compile(
    r"Could not|Multiple values|list is missing|OmegaConf|DictConfig|search path|interpolation|"
    r"Unsupported|In '|Duplicate|Too many|\bint\b|NoneType"
)
"""How Hydra and OmegaConf talk."""


def told(recipe, tmp_path, defaults):
    preset = f"# @package _global_\n# Ours.\ndefaults: {defaults}\n"
    write_library(tmp_path / "team" / "conf", {**TEAM, "preset/p": preset})
    ran = recipe("compose", "--library", "team", "+preset=p", *READY)
    assert (ran.status, ran.out) == (2, "")
    return ran.err.replace(f"{tmp_path}/", "")


def test_each_is_told_with_its_place_and_what_to_write(recipe, tmp_path, golden):
    blocks = []
    for name, defaults in ENTRIES.items():
        text = told(recipe, tmp_path, defaults)
        assert text.startswith("team/conf/preset/p.yaml:3:"), name
        assert not FOREIGN.search(text.splitlines()[0]), name
        blocks.append(f"== {name}\n{text}")
    golden("library/defaults.txt", "\n".join(blocks))


def test_checking_the_library_tells_each_at_the_same_place(recipe, tmp_path, small):
    for name in ("a number", "two keywords", "an override of a group that nothing chooses"):
        first = told(recipe, tmp_path, ENTRIES[name]).splitlines()[0]
        place, _, text = first.partition(" error: ")
        ran = recipe("library", "check", "team")
        assert ran.status == 1
        assert place in ran.out
        assert text.partition(";")[0] in ran.out


WRITTEN = {
    "[_self_, override model: nova-lite]": "[_self_, override /model: nova-lite]",
    "[_self_, dataset: d]": "[_self_, /dataset: d]",
    "[_self_, /dataset=d]": "[_self_, /dataset: d]",
    "[_self_, /dataset: 10]": "[_self_, /dataset: '10']",
    "[_self_, overide /model: nova-lite]": "[_self_, override /model: nova-lite]",
    "[_self_, override /dataset: d]": "[_self_, /dataset: d]",
}


@pytest.mark.parametrize(("wrong", "right"), WRITTEN.items())
def test_what_is_suggested_composes(recipe, tmp_path, wrong, right):
    line = told(recipe, tmp_path, wrong).splitlines()[0]
    write = line.rpartition("; write - ")[2]
    assert write.replace('"', "'") in right
    preset = f"# @package _global_\n# Ours.\ndefaults: {right}\n"
    write_library(tmp_path / "team" / "conf", {"preset/p": preset})
    assert recipe("compose", "--library", "team", "+preset=p", *READY).status == 0


def refused(tmp_path, files, *overrides):
    team = write_library(tmp_path / "team" / "conf", {**TEAM, **files}).parent
    with pytest.raises(LibraryError) as caught:
        compose(overrides, libraries=[team])
    return caught.value


GLOBAL = "# @package _global_\n# Ours.\n"


def test_a_group_that_two_files_choose(tmp_path):
    files = {
        "preset/p": f"{GLOBAL}defaults: [_self_, /dataset: d]\n",
        "extra/e": f"{GLOBAL}defaults:\n  - _self_\n  - /dataset: '10'\n",
    }
    error = refused(tmp_path, files, "+preset=p", "+extra=e")
    assert error.kind == "group-twice"
    places = {
        error.detail.other,
        f"{error.origin.file.rpartition('conf/')[2]}:{error.origin.line}",
    }
    assert places == {"preset/p.yaml:3", "extra/e.yaml:5"}
    assert error.detail.write.startswith("- override /dataset: ")


def test_an_override_in_what_follows_from_other_choices(tmp_path):
    files = {
        "config": "defaults: [_self_, model: nova-lite, by: '${model}']\nrecipes: {}\n",
        "model/nova-lite": "# @package recipes.run\n# Ours.\nname: a\n",
        "model/other": "# @package recipes.run\n# Ours.\nname: b\n",
        "by/nova-lite": f"{GLOBAL}defaults: [_self_, override /model: other]\n",
        "rules/x": "shadows: [config, model/nova-lite]\n",
    }
    error = refused(tmp_path, files)
    assert error.kind in ("late-override", "nothing-to-override")
    assert error.origin.file.endswith("by/nova-lite.yaml")


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("recipes:\n  training_config: [1]\n", "recipes.training_config", 4),
        ("recipes: {training_config: {model: {optim: {betas: {a: 1}}}}}\n", "betas", 3),
    ],
)
def test_a_list_where_other_files_have_a_mapping(tmp_path, text, key, line):
    error = refused(tmp_path, {"preset/p": f"{GLOBAL}{text}"}, "+preset=p")
    assert error.kind == "list-and-mapping"
    assert error.detail.key.endswith(key)
    assert error.origin.line == line
    assert re.fullmatch(r"\w+/.*\.yaml:\d+", error.detail.other)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [("/dataset: ${model}", "early-link"), ("'/dataset/${model}'", "link-in-entry")],
)
def test_a_link_that_is_read_before_the_choice_it_leads_to(tmp_path, entry, kind):
    text = f"{GLOBAL}defaults:\n  - {entry}\n  - _self_\n"
    error = refused(tmp_path, {"preset/p": text}, "+preset=p")
    # Hydra 1.4 follows it, to an option that isn't there.
    assert error.kind == (kind if STABLE else "nothing-to-extend")
    assert error.origin.line == 4


HEADERS = ["# @package", "# @package recipes run", "# @todo", "# @package recipes..run"]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("rest", ["", "# Ours.\nname: x\n"])
def test_a_header_that_says_nothing_or_too_much(tmp_path, header, rest):
    error = refused(tmp_path, {"dataset/x": f"\n{header}\n{rest}"}, "+dataset=x")
    assert error.origin.line == 2
    assert header in str(error)
    assert not FOREIGN.search(str(error))


@pytest.mark.parametrize(
    ("content", "line"), [("name: x\nnull: 1\n", 3), ("a:\n  - ${\n", 4), ("a: ${b c}\n", 3)]
)
def test_what_no_config_can_hold(tmp_path, content, line):
    error = refused(tmp_path, {"dataset/x": f"# @package recipes.run\n\n{content}"}, "+dataset=x")
    assert error.origin.line == line + ("null" in content)
    assert not FOREIGN.search(str(error))


PASSED_OVER = {
    "optional dataset: d": "write - optional /dataset: d",
    "optional /datset: d": "write - optional /dataset: d",
    "optional /dataset: dd": "write - optional /dataset: d",
    "optional /dataset: [d, dd]": "write - optional /dataset: [d]",
    "optional vector@recipes.run: a": "write - optional /vector@recipes.run: a",
}


@pytest.mark.parametrize(("entry", "hint"), PASSED_OVER.items())
def test_an_optional_entry_that_brings_nothing_and_is_nearly_something(tmp_path, entry, hint):
    files = {**TEAM, "preset/p": f"{GLOBAL}defaults:\n  - {entry}\n  - _self_\n"}
    team = write_library(tmp_path / "team" / "conf", files).parent
    found = [
        one
        for one in check(compose(["+preset=p", *READY], libraries=[team])).findings
        if one.rule == "skipped-entry"
    ]
    assert [(one.severity, one.origin.line, one.hint) for one in found] == [("warning", 4, hint)]
    assert found[0].origin.file == "team:preset/p.yaml"


@pytest.mark.parametrize("entry", ["/nothing: here", "/dataset: unlike", "/dataset: d", "by: x"])
def test_an_optional_entry_that_is_optional(tmp_path, entry):
    files = {**TEAM, "preset/p": f"{GLOBAL}defaults:\n  - optional {entry}\n  - _self_\n"}
    team = write_library(tmp_path / "team" / "conf", files).parent
    assert not check(compose(["+preset=p", *READY], libraries=[team])).findings


def test_checking_the_library_tells_what_is_passed_over(tmp_path, recipe, small):
    text = f"{GLOBAL}defaults: [optional dataset: d, _self_]\nrecipes: {{run: {{replicas: 4}}}}\n"
    write_library(tmp_path / "team" / "conf", {**TEAM, "preset/p": text})
    assert "preset/p.yaml:3:12: warning: this brings" in recipe("library", "check", "team").out


def test_a_group_that_can_be_left_out(tmp_path):
    files = {"preset/p": f"{GLOBAL}defaults: [_self_, override /tracking: null]\n"}
    team = write_library(tmp_path / "team" / "conf", files).parent
    recipe = compose(["+preset=p", *READY], libraries=[team])
    assert "tracking" not in recipe.choices
    assert check(recipe).findings == ()
