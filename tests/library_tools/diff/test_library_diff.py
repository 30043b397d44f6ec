"""Comparing two versions of a library: what a change does to all that is composed from it."""

import json
import shutil

import pytest
from markdown_it import MarkdownIt

from hydra_recipes import check, compose
from hydra_recipes.diff.sides import side_of
from hydra_recipes.findings.rendering import plain
from hydra_recipes.library.model import Libraries, builtin
from hydra_recipes.library_tools.diff.effects import Comparing
from hydra_recipes.library_tools.diff.markdown import comparison_markdown
from hydra_recipes.library_tools.diff.rules import rule_changes
from hydra_recipes.library_tools.diff.text import comparison_text
from hydra_recipes.library_tools.diff.versions import versions
from support.operations import apply, from_json
from support.team_libraries import ACME, marked, write_library

ALL = {
    **ACME,
    "bucket/main": "# @package recipes.run\ndata_s3_path: s3://acme/main.jsonl\n",
    "preset/acme/big": "# @package _global_\ndefaults: [override /model: acme-lite, _self_]\n",
    "preset/acme/old": "# @package _global_\nrecipes: {run: {name: old}}\n",
}
"""A library; what isn't changed of it is the other version."""


@pytest.fixture
def change(tmp_path, monkeypatch, small):
    """Writes two versions, the second with files changed; None is a file that is gone."""
    monkeypatch.chdir(tmp_path)

    def write(changed, base=ALL):
        merged = {**base, **changed}
        new = {name: text for name, text in merged.items() if text is not None}
        for version, files in (("old", base), ("new", new)):
            shutil.rmtree(tmp_path / version, ignore_errors=True)
            write_library(tmp_path / version / "acme", files)

    return write


def compared(old="old/acme", new="new/acme"):
    with versions(old, new) as pair:
        return Comparing(*pair).run()


def effects(found, state="different"):
    return {one.subject.name: one for one in found.effects if one.state == state}


def edited(name, old, new):
    assert old in ALL[name]
    return {name: ALL[name].replace(old, new)}


def test_a_library_is_equal_to_itself(change, recipe, small):
    change({})
    ran = recipe("library", "diff", "nova", str(small.root))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "presets: 1 equal; offers: 2 equal; options: 4 equal\n"
    data = compared().as_json()
    assert (data["library"], data["equal"]) == ("acme", True)
    assert (data["effects"], data["rules"]) == ([], [])
    assert data["counts"]["preset"] == {"equal": 4, "different": 0, "new": 0, "gone": 0}


BIG_CHANGE = {
    **edited("model/acme-lite", "replicas: 8", "replicas: 16"),
    **edited("sweep/acme/look", "2.0e-05", "3.0e-05, 2.0e-01"),
    **edited("preset/acme/support_bot", "replicas: 8", "replicas: 7"),
    **edited("rules/acme", "s3://acme/.*", "s3://(acme|other)/.*"),
    "bucket/main": "# @package recipes.run\ndata_s3_path: s3://third/main.jsonl\n",
    "preset/acme/fresh": "# @package _global_\nrecipes: {run: {name: fresh}}\n",
    "preset/acme/wrong": "# @package _global_\nrecipes: {run: {replicas: 5}}\n",
    "preset/acme/old": None,
}


def test_what_a_change_does_is_told(change, golden, monkeypatch):
    change(BIG_CHANGE)
    found = compared()
    golden("library/diff.txt", comparison_text(found, 100, plain) + "\n")
    golden("library/diff.md", comparison_markdown(found))
    golden("library/diff.json", json.dumps(found.as_json(), indent=1, ensure_ascii=False) + "\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(comparison_markdown(found))
    shown = ["".join(c.content for c in t.children) for t in tokens if t.type == "inline"]
    assert "text like ^(s3://(acme|other)/.*)?$" in shown
    assert {"Not valid any more", "New and not valid", "Different", "Gone"} <= set(shown)
    monkeypatch.setattr("hydra_recipes.library_tools.markdown._LONGEST", 600)
    text = comparison_markdown(found)  # a comment is no longer than GitHub takes
    assert len(text) < 700
    assert text.endswith("more; recipe library diff shows all\n")
    assert text.count("|") % 5 == 0  # a table is there as a whole


@pytest.mark.parametrize(
    ("answer", "begins"), [("json", '{"library": "acme"'), ("markdown", "### ")]
)
def test_it_is_told_in_json_and_in_markdown_too(change, recipe, answer, begins):
    change(edited("preset/acme/old", "old", "new"), {"preset/acme/old": ALL["preset/acme/old"]})
    ran = recipe("library", "diff", "old/acme", "new/acme", "--format", answer)
    assert (ran.status, ran.err, ran.out.startswith(begins)) == (1, "", True)
    if answer == "json":
        assert recipe("library", "diff", "old/acme", "new/acme", "--json").out == ran.out


def test_what_is_told_of_each_recipe_is_what_composing_it_gives(change):
    change(BIG_CHANGE)
    found = compared()
    seen = 0
    for effect in found.effects:
        if effect.subject.kind == "sweep" or effect.state not in ("equal", "different"):
            continue
        words = effect.subject.overrides
        old = compose(words, libraries=["old/acme"])
        new = compose(words, libraries=["new/acme"])
        assert effect.valid == (
            check(old, libraries=["old/acme"]).valid,
            check(new, libraries=["new/acme"]).valid,
        )
        data = effect.as_json()["operations"]
        operations = [from_json(one) for one in json.loads(json.dumps(data))]
        assert apply(operations, written(old)) == written(new)
        assert bool(operations) == (old != new)
        seen += 1
    assert seen == 43


def written(recipe):
    """A recipe's tree, links in the spelling that differences are told in."""
    return side_of("", recipe.scope.recipe, recipe.scope.beside, recipe.choices).written


LITE = "# @package recipes.run\n# A model.\ndefaults: [/model/nova-lite, _self_]\nreplicas: {}\n"
ADAM = """\
# @package recipes.training_config.model.optim
# An optimizer.
defaults: [/optimizer/distributed_fused_adam, _self_]
weight_decay: {}
"""


IMAGES = """\
# @package _global_
# Ours.
defaults:
  - mmmu
  - _self_
recipes: {{run: {{replicas: {}}}}}
"""


@pytest.fixture
def extending(tmp_path, monkeypatch):
    """A library whose options are offered as what they extend, before and after a change."""

    def make(model, decay):
        for side, replicas, weight in (("old", 8, 0.01), ("new", model, decay)):
            files = {"optimizer/ours": ADAM.format(weight)}
            files |= {"benchmark/ours": IMAGES.format(replicas)} if replicas else {}
            write_library(tmp_path / side / "acme", files)
        return compared()

    monkeypatch.chdir(tmp_path)
    return make


def test_an_option_that_extends_another_is_compared_wherever_that_is_offered(extending):
    found = extending(7, 0.01)
    named = [effect.subject.overrides for effect in found.effects if effect.state == "different"]
    assert len(named) > 10
    assert all("benchmark=ours" in words for words in named)
    broken = {effect.subject.overrides: effect.breaks for effect in found.effects}
    for words in named:
        if broken[words]:
            assert not check(compose(words, libraries=["new/acme"])).valid


def test_an_option_offered_in_very_many_combinations_is_compared_by_itself(extending):
    (effect,) = effects(extending(8, 0.02)).values()
    assert effect.subject.overrides == ("optimizer=ours",)
    assert [one.new for one in effect.difference.operations] == [0.02]


def test_an_option_that_extends_another_may_be_gone(extending):
    gone = effects(extending(None, 0.01), "gone")
    assert len(gone) > 10
    assert all("benchmark=ours" in name for name in gone)


def test_a_change_of_rules_alone_changes_no_recipe(change):
    change(edited("rules/acme", "s3://acme/.*", "s3://else/.*"))
    found = compared()
    (bucket,) = effects(found).values()
    assert bucket.subject.name == "+bucket=main"
    assert (bucket.difference, bucket.breaks) == (None, True)
    assert [finding.rule for finding in bucket.told] == ["acme-bucket"]
    assert [(one.title, one.state) for one in found.rules] == [("limit acme-bucket", "moved")]


RULES = """\
limits:
  a: {keys: {lr: {maximum: 1.0e-3}}, because: We say so.}
  b: {keys: {lr: {minimum: 1.0e-7}}, severity: warning, because: We say so.}
  c: {when: {model: nova-pro}, keys: {lr: {minimum: 1.0e-8}}, because: We say so.}
  d: {required: [run.name], because: We say so.}
rules:
  e: {require: lr > min_lr, message: it is low, because: We say so.}
families:
  f: {when: {method: dpo}, model: "hydra_recipes.families.nova_1_sft:Nova1Sft"}
off: {nova-lite-lora-length: We know better.}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", None),
        ("We say so.", "They say so.", None),
        ("1.0e-3", "1.0e-4", ("limit a", "moved", (("lr", "at most 0.001", "at most 0.0001"),))),
        ("severity: warning, ", "", ("limit b", "moved", (("severity", "warning", None),))),
        (
            "nova-pro",
            "nova-lite",
            ("limit c", "moved", (("for", "model=nova-pro", "model=nova-lite"),)),
        ),
        (
            "  d: {required: [run.name], because: We say so.}\n",
            "",
            ("limit d", "gone", (("run.name", "must be there", None),)),
        ),
        (
            "limits:\n",
            "limits:\n  g: {keys: {lr: {maximum: 2}}, because: We say so.}\n",
            ("limit g", "new", (("lr", None, "at most 2"),)),
        ),
        ("lr > ", "lr >= ", ("rule e", "moved", (("holds", "lr > min_lr", "lr >= min_lr"),))),
        ("dpo", "ppo", ("family f", "moved", (("for", "method=dpo", "method=ppo"),))),
        (
            "off: {nova-lite-lora-length: We know better.}",
            "",
            ("switching off nova-lite-lora-length", "gone", (("of", "nova", None),)),
        ),
    ],
)
def test_which_limits_and_rules_moved(change, old, new, told):
    base = {"rules/team": RULES}
    change({"rules/team": RULES.replace(old, new, 1)}, base)
    with versions("old/acme", "new/acme") as (before, after):
        shelves = [Libraries((one.library, builtin())) for one in (before, after)]
        found = rule_changes(*shelves, "acme")
    assert [(one.title, one.state, one.parts) for one in found] == ([told] if told else [])


def test_what_was_not_valid_and_is_now_is_told_with_what_settled_it(change):
    base = {**ALL, "preset/acme/old": "# @package _global_\nrecipes: {run: {replicas: 5}}\n"}
    change({"preset/acme/old": ALL["preset/acme/old"]}, base)
    (effect,) = effects(compared()).values()
    assert (effect.valid, effect.breaks, effect.told) == ((False, True), False, ())
    assert [finding.rule for finding in effect.settled] == ["nova-micro-replicas"]


def test_what_cannot_be_composed_is_not_valid_and_the_same_in_both_is_equal(change):
    broken = "# @package _global_\ndefaults: [override /model: nowhere, _self_]\n"
    change({"preset/acme/old": broken})
    (effect,) = effects(compared()).values()
    assert (effect.valid, effect.breaks, effect.difference) == ((True, False), True, None)
    assert (len(effect.told), effect.settled) == (1, ())
    change({}, {**ALL, "preset/acme/old": broken})
    assert not compared()


def test_the_points_of_a_sweep_are_compared_one_by_one(change):
    change(edited("sweep/acme/look", "[1.0e-05, 2.0e-05]", "[2.0e-05, 3.0e-05, 4.0e-05]"))
    points = effects(compared())["+sweep=acme/look"].points
    assert (points.old, points.new) == (2, 3)
    assert (points.added, points.gone) == (("lr=3e-05", "lr=4e-05"), ("lr=1e-05",))
    change({"sweep/acme/look": ALL["sweep/acme/look"] + "overrides: [warmup_steps=12]\n"})
    points = effects(compared())["+sweep=acme/look"].points
    ((found, names),) = points.differ
    assert (points.old, points.new, len(names)) == (2, 2, 2)
    assert [(one.old, one.new) for one in found.values] == [(10, 12)]


def test_of_a_large_sweep_the_first_points_are_compared(change, monkeypatch):
    monkeypatch.setattr("hydra_recipes.library_tools.diff.outcomes.MOST_POINTS", 10)
    monkeypatch.setattr("hydra_recipes.library_tools.diff.text.MOST_POINTS", 10)
    size = 12
    large = f"axes: {{constant_steps: 'range(0,{size})'}}\n"
    change(
        {"sweep/acme/large": large + "overrides: [warmup_steps=12]\n"},
        {"sweep/acme/large": large},
    )
    points = effects(compared())["+sweep=acme/large"].points
    ((_, names),) = points.differ
    assert (points.old, points.new, len(names)) == (size, size, 10)
    assert "10 different of the first 10\n" in comparison_text(compared(), 80, plain)


def test_names_are_left_out_where_there_are_many(change):
    presets = {f"preset/acme/{at}": ALL["preset/acme/old"] for at in range(12)}
    other = ALL["preset/acme/old"].replace("old", "other")
    change(dict.fromkeys(presets, other), presets)
    found = compared()
    for text in (comparison_text(found, 80, plain), comparison_markdown(found)):
        assert text.count("+preset=acme/") == 8
        assert "and 4 more" in text
    assert len(found.as_json()["effects"]) == 12


def test_other_libraries_are_there_in_both_versions_and_what_it_does_to_them_is_told(
    change, tmp_path, monkeypatch
):
    other = {"preset/other/bot": "# @package _global_\ndefaults: [/bucket/main, _self_]\n"}
    write_library(tmp_path / "other", {**marked("other"), **other})
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", f"{tmp_path / 'other'}:{tmp_path / 'new/acme'}")
    change({"bucket/main": ALL["bucket/main"].replace("acme/main", "acme/other")})
    assert set(effects(compared())) == {"+bucket=main", "+preset=other/bot"}


def test_where_versions_have_two_names_they_are_compared_under_that_of_the_second(
    change, tmp_path, monkeypatch
):
    change(edited("preset/acme/old", "old", "new"))
    (tmp_path / "old" / "acme").rename(tmp_path / "acme-1.0")
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", str(tmp_path / "new" / "acme"))
    found = compared("acme-1.0", "acme")
    assert (found.library, set(effects(found))) == ("acme", {"+preset=acme/old"})
