"""Checking a library: each defect is told with its place, and what is right is left alone."""

import gc
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from hydra_recipes.findings.messages import library_check
from hydra_recipes.library_tools.check import combinations
from hydra_recipes.library_tools.check import run as checking
from hydra_recipes.library_tools.check.examination import examination_of
from hydra_recipes.library_tools.check.run import check_library
from hydra_recipes.sources.locating import locate
from support.kinds import kinds_of
from support.team_libraries import ACME, write_library

GLOBAL = "# @package _global_\n# Something.\n"
RUN_PACKAGE = "# @package recipes.run\n# Something.\n"
OPTIM = "# @package recipes.training_config.model.optim\n# Something.\n"
BASE = "defaults: [distributed_fused_adam, _self_]\n"
WHY = "    because: We said so.\n    source: us\n"
RUN = "    keys: {run.replicas: {maximum: 2}}\n"

FEW = {
    "files that can't be read": {
        "exp_manager/x": "# Something.\na: [1\n",
        "exp_manager/y": "- a list\n",
        "rules/x": "limits: {ours: {keys: {lr: {maximum: 1}}}}\n",
    },
    "a rule that doesn't say true or false": {
        "rules/x": "rules:\n  ours:\n    when: {model: nova-pro, hardware: p5, peft: full}\n"
        f"    require: lr\n    message: lr is odd\n{WHY}"
    },
    "rules that have no answer": {
        "rules/x": f"""\
rules:
  mixed:
    when: {{model: nova-pro, hardware: p5, peft: full}}
    require: run.replicas * 2.0 <= 4.0
    message: too many replicas
{WHY}  mixed-warning:
    when: {{model: nova-pro, hardware: p5, peft: full}}
    require: run.name > 3
    message: an odd name
    severity: warning
{WHY}  of-an-absent-key:
    when: {{model: nova-pro, hardware: p5, peft: full}}
    require: alpha < 100
    message: alpha is too large
{WHY}  with-a-method:
    when: {{model: nova-pro, hardware: p5, peft: full}}
    require: run.name.startsWith("my-")
    message: names begin with my-
{WHY}"""
    },
    "a rule that calls what there isn't": {
        "rules/x": f"rules:\n  ours:\n    require: has(lr)\n    message: lr is odd\n{WHY}"
    },
    "what composes nothing and isn't offered either": {
        "model/x": f"{GLOBAL}defaults: [/model/nope, _self_]\n",
        "model/y": f"{GLOBAL}defaults: [../../.., _self_]\n",
    },
    "files that Hydra would take amiss": {
        "model/x": "# @package recipes..run\n# Something.\nreplicas: 4\n",
        "model/y": f"{GLOBAL}hydra: {{searchpath: [file:///etc]}}\n",
    },
    "a rule that is never true": {
        "rules/x": f"rules:\n  ours:\n    require: 1 > 2\n    message: all is wrong\n{WHY}"
    },
    "limits that the shape of recipes forbids": {
        "rules/x": f"""\
limits:
  needed:
    when: {{model: nova-pro, peft: full}}
    keys: {{lr: false}}
{WHY}  of-another-type:
    when: {{model: nova-pro, peft: full}}
    keys: {{max_length: {{enum: [long, short]}}}}
{WHY}  fine:
    when: {{model: nova-pro, peft: full}}
    keys: {{max_epochs: false, lora_tuning: false, max_length: {{enum: [long, 8192]}}}}
{WHY}"""
    },
    "options that extend each other in a circle": {
        "model/x": f"{GLOBAL}defaults: [y, _self_]\n",
        "model/y": f"{GLOBAL}defaults:\n  - x\n  - _self_\n",
    },
    "an offer of nothing": {"rules/x": "offers:\n  - {model: nova-lite, hardware: []}\n"},
    "a move to nowhere": {"rules/x": "moved: {hardware/p5x: hardware/p55}\n"},
    "a key that moves to none": {"rules/x": "moved: {run.copies: run.replicaz}\n"},
    "a limit that says nothing of why": {
        "rules/x": "limits: {ours: {keys: {lr: {maximum: 1}}, because: '  '}}\n"
    },
    "a family without a model": {"rules/x": "families: {ours: {model: 'nowhere:Model'}}\n"},
    "names that no library has": {
        "rules/x": f"""\
offers:
  - {{model: nova-lte, peft: lora}}
limits:
  ours:
    when: {{model: nova-lte}}
    keys: {{lrr: {{maximum: 1}}}}
{WHY}rules:
  ours-too:
    when: {{modell: nova-lite}}
    require: lr < 1
    message: lr is too high
{WHY}families:
  ours:
    when: {{method: dpo}}
    model: hydra_recipes.families.nova_1_sft:Nova1Sft
"""
    },
}
"""Libraries of which nothing can be tried, or little."""

OFFER = """\
offers:
  - model: lite
    generation: nova-1
    optimizer: distributed_fused_adam
    method: sft
    peft: lora
    hardware: [p5]
"""

DEFECTS = {
    "exp_manager/lost": f"{GLOBAL}defaults: [/model/nova-litte, _self_]\n",
    "exp_manager/key": f"{GLOBAL}recipes: {{run: {{replica: 4}}}}\n",
    "exp_manager/value": f"{GLOBAL}recipes: {{run: {{replicas: 7}}}}\n",
    "model/unoffered": f"{GLOBAL}recipes: {{run: {{replicas: 4}}}}\n",
    "model/lite": "# @package recipes.run\n# Ours.\ndefaults: [nova-lite, _self_]\nreplicas: 3\n",
    "preset/invalid": f"{GLOBAL}recipes: {{run: {{name: '${{.nothing}}'}}}}\n",
    "preset/plain": f"{GLOBAL}recipes: {{run: {{replicas: 2}}}}\n",
    "preset/one": f"{GLOBAL}recipes: {{run: {{name: ours}}}}\n",
    "preset/other": f'{GLOBAL}recipes: {{run: {{name: "ours"}}}}\n',
    "sweep/empty": "# Something.\naxes: {run.replicas: [3, 7]}\n",
    "sweep/key": "# Something.\naxes: {lrr: [1, 2]}\n",
    "sweep/field": "# Something.\naxe: {lr: [1, 2]}\n",
    "optimizer/x": f"{OPTIM}{BASE}weight_decay: 0.5\neps: 1.0e-07\nname: distributed_fused_adam\n",
    "optimizer/y": f"{OPTIM}{BASE}weight_decay: 0.5\neps: 1.0e-07\nname: distributed_fused_adam\n",
    "optimizer/z": f"{OPTIM}defaults: [y, _self_]\neps: 1.0e-07\n",
    "by_model/x-lora": f"{GLOBAL}recipes: {{}}\n",
    "rules/x": f"""\
{OFFER}limits:
  forbids-all:
    when: {{model: nova-pro}}
{RUN}{WHY}  forbids-some:
    when: {{model: [nova-pro, nova-micro]}}
{RUN}{WHY}  impossible:
    keys: {{attention_dropout: {{minimum: 0.2, maximum: 0.1}}}}
    when: {{hardware: p4d, model: nova-lite}}
{WHY}  never:
    when: {{model: nova-pro, hardware: g5-12x}}
    keys: {{lr: {{maximum: 1}}}}
    because: We said so.
rules:
  of-another-shape:
    when: {{model: nova-lite}}
    require: limit_val_batches < 3
    message: limit_val_batches is too high
{WHY}shadows: [model/x]
moved: {{optimizer/x: optimizer/y, optimizer/gone: optimizer/y, lr: weight_decay}}
""",
}


@pytest.fixture
def quick(monkeypatch):
    """Tries three combinations where it would try many."""
    sample = combinations._sample
    monkeypatch.setattr(combinations, "_sample", lambda products: sample(products)[:3])


@pytest.mark.parametrize("name", FEW)
def test_each_defect_of_small_libraries(recipe, tmp_path, golden, name):
    write_library(tmp_path / "team" / "conf", FEW[name])
    ran = recipe("library", "check", "team", "--jobs", "1")
    assert (ran.status, ran.err) == (1, "")
    golden(f"library/check/{name.replace(' ', '-')}.txt", ran.out.replace(f"{tmp_path}/", ""))


def test_each_defect_is_told_with_its_place(recipe, tmp_path, golden, quick):
    write_library(tmp_path / "team" / "conf", DEFECTS)
    (tmp_path / "team" / "conf" / "model" / "ours.yml").write_text(GLOBAL)
    ran = recipe("library", "check", "team", "--jobs", "1")
    assert (ran.status, ran.err) == (1, "")
    golden("library/check/defects.txt", ran.out.replace(f"{tmp_path}/", ""))
    kinds = {f"[{kind}]" for kind in kinds_of(library_check)} - {"[invalid-in]", "[no-points]"}
    assert {kind for kind in kinds if kind in ran.out} == kinds - {"[unknown-name]"}
    assert "limit forbids-some" not in ran.out


def test_an_unknown_name_that_is_for_all_entries_of_a_file_is_told_once(recipe, tmp_path):
    entry = "{keys: {run.replicas: {maximum: 4}}, because: We said so.}"
    rules = f"when: {{modell: nova-pro}}\nsource: us\nlimits:\n  a: {entry}\n  b: {entry}\n"
    write_library(tmp_path / "team" / "conf", {"rules/x": rules})
    ran = recipe("library", "check", "team", "--jobs", "1")
    assert ran.out.count("[unknown-name]") == 1
    assert ran.out.startswith("team/conf/rules/x.yaml:1:8: error: limit a is for modell")
    assert "[no-source]" not in ran.out


def test_what_extends_others_does_not_multiply_what_is_tried(tmp_path):
    """Of a large library, options times options would be far too many."""
    lite = "# @package recipes.run\n# Ours.\ndefaults: [nova-lite, _self_]\n"
    models = {f"model/m{at}": f"{lite}replicas: 8\n" for at in range(20)}
    preset = {"preset/x": f"{GLOBAL}recipes: {{run: {{name: ours}}}}\n"}
    write_library(tmp_path / "team" / "conf", {**models, **preset})
    examination = examination_of(locate("team", "option", "a test", tmp_path))
    tried = {case.name: case.rows for case in examination.cases}
    assert all(f"model=m{at}" in row for at in range(20) for row in tried[f"model/m{at}"])
    assert len(tried["preset/x"]) == 34
    assert not any("model=m" in word for row in tried["preset/x"] for word in row)


def test_a_shadow_that_is_not_declared(recipe, tmp_path):
    write_library(tmp_path / "team" / "conf", {"model/nova-lite": f"{GLOBAL}recipes: {{}}\n"})
    ran = recipe("library", "check", "team")
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("team/conf/model/nova-lite.yaml:1:1: error: ")
    assert "[undeclared-shadow]" in ran.out


def test_a_library_without_defects(recipe, tmp_path, golden, quick):
    write_library(tmp_path / "acme" / "conf", ACME)
    ran = recipe("library", "check", "acme", "--strict")
    assert (ran.status, ran.err) == (0, "")
    golden("library/check/acme.txt", ran.out)


def test_on_several_processes_it_says_the_same(tmp_path, monkeypatch, quick):
    monkeypatch.setattr(checking, "_WORTH", 1)
    files = {name: DEFECTS[name] for name in ("preset/one", "preset/other", "preset/plain")}
    write_library(tmp_path / "team" / "conf", files)
    team = locate("team", "option", "a test", tmp_path)
    steps = []

    class Watch:
        def __init__(self, count):
            steps.append(count)

        def __enter__(self):
            return steps.append

        def __exit__(self, *_):
            pass

    several = check_library(team, 2, Watch)
    assert several == check_library(team, 1)
    assert [f.kind for f in several.findings] == ["same-recipe", "same-recipe"]
    assert steps[0] == sum(steps[1:]) == several.recipes


def killed(attempt):
    """A trial that ends any process but the one of the tests."""
    if multiprocessing.parent_process() is not None:
        os._exit(1)
    return attempt


def test_what_is_left_if_a_process_is_killed_is_tried_here():
    wanted = list(range(40))
    assert list(checking._spread(killed, wanted, 2)) == wanted


def test_its_answer_as_data_and_as_annotations(recipe, tmp_path):
    write_library(tmp_path / "team" / "conf", FEW["files that can't be read"])
    ran = recipe("library", "check", "team", "--json")
    answer = json.loads(ran.out)
    assert (ran.status, answer["library"], answer["valid"]) == (1, "team", False)
    places = [(f["origin"]["file"], f["origin"]["line"]) for f in answer["findings"]]
    conf = Path("team/conf")
    assert places == [
        (str(conf / "exp_manager/x.yaml"), 2),
        (str(conf / "exp_manager/y.yaml"), 1),
        (str(conf / "rules/x.yaml"), 1),
    ]
    lines = recipe("library", "check", "team", "--format", "github").out.splitlines()
    assert [line.partition(",title")[0] for line in lines] == [
        f"::error file={file},line={line},col={column}"
        for (file, line), column in zip(places, (6, 1, 10), strict=True)
    ]


def test_without_a_name_the_teams_libraries_are_checked(recipe, tmp_path, monkeypatch):
    files = FEW["names that no library has"]
    write_library(tmp_path / "team" / "conf", files)
    write_library(tmp_path / "other" / "conf", {"peft/x": f"{GLOBAL}a: 1\n"})
    ran = recipe("library", "check", "--library", "team", "--library", "other", "--json")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["library"] for answer in answers] == ["team", "other"]


def test_the_built_in_library_passes(recipe_process):
    ran = recipe_process("library", "check", "nova", "--strict", timeout=300)  # on all cores
    assert (ran.status, ran.err) == (0, "")


BAD = {
    "nowhere": "there is no directory and no installed package nowhere",
    "empty": "is no library: it has no folder conf, and no groups either",
    "file.yaml": "is no library: it is a file",
}


@pytest.mark.parametrize("word", BAD)
def test_what_is_no_library_is_one_line(recipe, tmp_path, word):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.yaml").write_text("a: 1\n")
    ran = recipe("library", "check", word)
    assert (ran.status, ran.out) == (2, "")
    assert BAD[word] in ran.err
    assert ran.err.count("\n") == 1


def test_the_memory_of_what_was_tried_is_given_back(recipe, tmp_path):
    write_library(tmp_path / "team" / "conf", FEW["files that can't be read"])
    gc.disable()  # as the command line does at its start
    try:
        recipe("library", "check", "team")
        assert gc.isenabled()
    finally:
        gc.enable()


def test_two_formats_are_one_too_many(recipe):
    ran = recipe("library", "check", "--json", "--format", "github")
    assert (ran.status, ran.out) == (2, "")
    assert "contradict each other" in ran.err


def test_an_option_that_nothing_reads_for_its_ending(recipe, tmp_path):
    write_library(tmp_path, {"team/conf/rules/t": "{}\n"})
    (tmp_path / "team" / "conf" / "model").mkdir()
    (tmp_path / "team" / "conf" / "model" / "x.yml").write_text(RUN_PACKAGE)
    (tmp_path / "team" / ".github").mkdir()
    (tmp_path / "team" / ".github" / "x.yml").write_text("")
    said = recipe("library", "check", "team").out
    assert "team/conf/model/x.yml:1:1: warning: nothing reads x.yml" in said
    assert said.count("nothing reads") == 1


OFF = """\
limits:
  {own}:
    keys: {{lr: {{maximum: 1.0e-4}}}}
{why}off: {{{other}: We know better.}}
"""


def test_a_library_is_checked_with_those_that_are_named_beside_it(recipe, tmp_path):
    write_library(tmp_path, {"other/conf/rules/o": OFF.format(own="b", other="a", why=WHY)})
    write_library(tmp_path, {"team/conf/rules/t": OFF.format(own="a", other="b", why=WHY)})
    alone = recipe("library", "check", "team")
    assert "no library has a limit or rule of this id" in alone.out
    for words in (["team", "--library", "other"], ["--library", "other", "--library", "team"]):
        ran = recipe("library", "check", *words)
        assert ran.status == 1
        assert "[mutual-off]" in ran.out
        assert "no library has" not in ran.out


def test_a_library_keeps_its_place_among_the_others_when_it_is_checked(recipe, tmp_path):
    own = f"{RUN_PACKAGE}replicas: 2\n"
    rules = "shadows: [model/x]\n"
    write_library(tmp_path, {"team/conf/model/x": own, "team/conf/rules/t": rules})
    write_library(tmp_path, {"other/conf/model/x": own})
    both = ["--library", "team", "--library", "other"]
    for name in ("team", "other"):
        assert "doesn't say so" not in recipe("library", "check", name, *both).out
