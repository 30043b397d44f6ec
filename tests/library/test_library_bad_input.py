"""Libraries that can't be used: each in one line, with file and line where there is one."""

import os
import re
import shlex
from pathlib import Path

import pytest

from hydra_recipes.findings.messages import defaults, library, packages
from support.kinds import kinds_of
from support.team_libraries import write_library

RUN = "# @package recipes.run\n# An option.\n"
READY = ("data_s3_path=s3://acme/a/b.jsonl", "output_s3_path=s3://acme/a/")
LITE = f"{RUN}defaults: [/model/nova-lite, _self_]\n"
ONE = "limits:\n  ours:\n    keys: {lr: {maximum: 1}}\n    because: We said so.\n"

CASES = {
    "no-library": ({}, "--library nowhere"),
    "no conf": ({"team/README": "x: 1\n"}, "--library team"),
    "a file": ({"team": "x: 1\n"}, "--library team.yaml"),
    "not-local": ({}, "--library https://example.com/acme"),
    "undeclared-shadow": ({"team/conf/model/nova-lite": LITE}, "--library team"),
    "same-library-name": (
        {"team/conf/rules/a": "{}", "other/team/conf/rules/a": "{}"},
        "--library team --library other/team",
    ),
    "bad YAML": ({"team/conf/model/x": f"{RUN}a: [1\n"}, "--library team model=x"),
    "bad YAML in rules": ({"team/conf/rules/x": "limits: {a: {\n"}, "--library team"),
    "a list": ({"team/conf/model/x": "- a\n"}, "--library team model=x"),
    "a bomb": (
        {
            "team/conf/model/x": "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]\n" for p, n in ("ab", "bc", "cd", "de")
            )
        },
        "--library team model=x",
    ),
    "a Python object": (
        {"team/conf/model/x": f"{RUN}name: !!python/object/apply:os.system [ls]\n"},
        "--library team model=x",
    ),
    "extension-circle": (
        {
            "team/conf/model/x": f"{RUN}defaults:\n  - /model/y\n  - _self_\n",
            "team/conf/model/y": f"{RUN}defaults:\n  - x\n  - _self_\n",
        },
        "--library team model=x",
    ),
    "nothing-to-extend": (
        {"team/conf/model/x": f"{RUN}defaults:\n  - /model/nova-litte\n  - _self_\n"},
        "--library team model=x",
    ),
    "bad-defaults": (
        {"team/conf/model/x": f"{RUN}defaults:\n  - /model: 10\n  - _self_\n"},
        "--library team model=x",
    ),
    "open-group": (
        {"team/conf/model/x": f"{RUN}defaults: [/preset: '???', _self_]\n"},
        "--library team model=x",
    ),
    "unknown-group-in-defaults": (
        {"team/conf/model/x": f"{RUN}defaults: ['/preset/${{modle}}', _self_]\n"},
        "--library team model=x",
    ),
    "group-twice": (
        {"team/conf/model/x": f"{RUN}defaults: [/data: nova-1, /data: nova-2, _self_]\n"},
        "--library team model=x",
    ),
    "wrong-part": (
        {"team/conf/preset/x": "# @package recipes.runn\nreplicas: 4\n"},
        "--library team +preset=x",
    ),
    "skipped-entry": (
        {"team/conf/preset/x": f"{RUN}defaults: [optional pef: lora, _self_]\n"},
        "--library team +preset=x",
    ),
    "primary-as-option": (
        {"team/conf/preset/x": f"{RUN}defaults: [/config, _self_]\n"},
        "--library team +preset=x",
    ),
    "group-left-out": (
        {"team/conf/preset/x": f"{RUN}defaults: [_self_, override /peft: null]\n"},
        "--library team +preset=x",
    ),
    "nothing-to-override": (
        {"team/conf/model/x": f"{LITE.replace(']', ', override peft: lora]')}"},
        "--library team model=x",
    ),
    "several-for-a-link": (
        {"team/conf/preset/x": f"{RUN}defaults: [_self_, override /peft: [lora, full]]\n"},
        "--library team +preset=x",
    ),
    "late-override": (
        {
            "team/conf/by/nova-lite": f"{RUN}defaults: [_self_, override /model: nova-pro]\n",
            "team/conf/preset/x": "# @package _global_\n"
            "defaults: [{/by: '${which}'}, /which: nova-lite, _self_]\n",
            "team/conf/which/nova-lite": RUN,
        },
        "--library team +preset=x",
    ),
    "hydra-in-defaults": (
        {"team/conf/model/x": f"{LITE.replace(']', ', override /hydra/launcher: basic]')}"},
        "--library team model=x",
    ),
    "list-and-mapping": (
        {"team/conf/preset/x": "# @package recipes\nrun: [1]\n"},
        "--library team +preset=x",
    ),
    "a header that says nothing": (
        {"team/conf/model/x": "# @package\nreplicas: 8\n"},
        "--library team model=x",
    ),
    "a key that is null": (
        {"team/conf/model/x": f"{RUN}null: 8\n"},
        "--library team model=x",
    ),
    "a link that is not closed": (
        {"team/conf/model/x": f"{RUN}name: ${{run\n"},
        "--library team model=x",
    ),
    "UTF-16": ({"team/conf/model/x": "PLACE"}, "--library team model=x"),
    "resolver-in-defaults": (
        {"team/conf/model/x": f"{RUN}defaults:\n  - ${{oc.env:HOME}}\n  - _self_\n"},
        "--library team model=x",
    ),
    "an unknown section": ({"team/conf/rules/x": "limit: {}\n"}, "--library team"),
    "an unknown field": ({"team/conf/rules/x": f"{ONE}    foo: 1\n"}, "--library team"),
    "what a terminal obeys": (
        {"team/conf/rules/x": ONE.replace("We said so.", '"We said \\e[31mso."')},
        "--library team",
    ),
    "no because": (
        {"team/conf/rules/x": "limits:\n  ours:\n    keys: {lr: {maximum: 1}}\n"},
        "--library team",
    ),
    "unknown-rule-key": ({"team/conf/rules/x": ONE.replace("lr:", "lrr:")}, "--library team"),
    "an unknown keyword": (
        {"team/conf/rules/x": ONE.replace("maximum", "maxi")},
        "--library team",
    ),
    "a keyword's value": ({"team/conf/rules/x": ONE.replace("1}", "much}")}, "--library team"),
    "bad CEL": (
        {
            "team/conf/rules/x": "rules:\n  ours:\n    require: lr +\n    message: is too high\n"
            "    because: We said so.\n"
        },
        "--library team",
    ),
    "an unknown key in CEL": (
        {
            "team/conf/rules/x": "rules:\n  ours:\n    require: lrr < 1\n    message: is too high\n"
            "    because: We said so.\n"
        },
        "--library team",
    ),
    "an id twice in one library": (
        {"team/conf/rules/x": ONE, "team/conf/rules/y": ONE},
        "--library team",
    ),
    "an id of another library": (
        {"team/conf/rules/x": ONE, "other/conf/rules/y": f"\n{ONE}"},
        "--library team --library other",
    ),
    "an id of a limit for a rule": (
        {"team/conf/rules/x": f"{ONE}rules: {{ours: {{require: a, message: b, because: c}}}}\n"},
        "--library team",
    ),
    "mutual-off": (
        {
            "team/conf/rules/x": f"{ONE}off:\n  theirs: Not for us.\n",
            "other/conf/rules/x": f"{ONE.replace('ours', 'theirs')}off:\n  ours: Nor for us.\n",
        },
        "--library team --library other",
    ),
    "off what is not there": ({"team/conf/rules/x": "off: {nova-warmup: No.}\n"}, "--library team"),
    "off without a reason": (
        {"team/conf/rules/x": "off:\n  nova-1-warmup:\n"},
        "--library team",
    ),
    "off its own": ({"team/conf/rules/x": f"{ONE}off: {{ours: No.}}\n"}, "--library team"),
    "moves in a circle": (
        {"team/conf/rules/x": "moved:\n  model/a: model/b\n  model/b: model/a\n"},
        "--library team",
    ),
    "moves out of its group": (
        {"team/conf/rules/x": "moved:\n  model/a: peft/b\n"},
        "--library team",
    ),
    "a family that is nowhere": (
        {"team/conf/rules/x": "families: {ours: {model: 'nowhere.at.all:Model'}}\n"},
        "--library team",
    ),
    "a family that is no model": (
        {"team/conf/rules/x": "families: {ours: {model: 'os:sep'}}\n"},
        "--library team",
    ),
    "moved": (
        {"team/conf/rules/x": "moved: {model/lite-of-old: model/nova-lite}\n"},
        "--library team model=lite-of-old",
    ),
    "link-environment": (
        {"team/conf/model/x": f"{LITE}name: ${{oc.env:HOME}}\n"},
        "--library team model=x",
    ),
    "a resolver that isn't known": (
        {"team/conf/model/x": f"{LITE}name: ${{os.system:ls}}\n"},
        "--library team model=x",
    ),
}


RECIPES = ("wrong-part", "link-environment", "a resolver that isn't known")
"""Those that are found in the recipe, beside others."""


def said_of(recipe, tmp_path, files, words):
    for name, text in files.items():
        write_library(tmp_path, {name: text})
        if text == "PLACE":
            (tmp_path / f"{name}.yaml").write_bytes(RUN.encode("utf-16"))
    ran = recipe("check", *words.split(), *READY)
    told = (ran.err + ran.out).replace(f"{tmp_path}/", "")
    told = re.sub(r"/\S*/conf/model", "<nova>/model", told)
    return re.sub(
        r"used: .* \(lr \+\)", "used: <what the CEL library says> (lr +)", told
    ), ran.status


def test_each_is_told_in_one_line_with_its_place(recipe, tmp_path, golden, monkeypatch):
    told = []
    for at, (name, (files, words)) in enumerate(CASES.items()):
        place = tmp_path / str(at)
        place.mkdir()
        monkeypatch.chdir(place)
        text, status = said_of(recipe, place, files, words)
        assert "Traceback" not in text
        assert status == {"moved": 0, "skipped-entry": 0}.get(name, 1 if name in RECIPES else 2)
        told.append(f"== {name} [exit {status}]\n{text}")
    golden("library/bad-input.txt", "\n".join(told))


OUTSIDE = {
    "an option": "team/conf/model/x.yaml",
    "rules": "team/conf/rules/x.yaml",
    "a folder": "team/conf/model",
}


@pytest.mark.parametrize("link", OUTSIDE.values(), ids=OUTSIDE.keys())
@pytest.mark.parametrize("command", ["compose model=x", "library list", "list model", "compose"])
def test_a_link_that_leads_out_of_a_library(recipe, tmp_path, link, command):
    write_library(tmp_path, {"secret/x": f"{RUN}replicas: 8\n", "team/conf/peft/x": f"{RUN}"})
    path = tmp_path / link
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.suffix == ""
    path.symlink_to(tmp_path / "secret" if folder else tmp_path / "secret" / "x.yaml")
    ran = recipe(*command.split(), "--library", "team")
    if command == "compose" and "model" in link:
        assert ran.status == 0  # it isn't asked for
        return
    assert (ran.status, ran.out) == (2, "")
    assert "leads out of the library team" in ran.err
    assert ran.err.count("\n") == 1


def test_each_message_about_libraries_is_shown_by_one_of_these():
    shown = {*CASES, "outside-library", "not-a-library"}  # that is "no conf"
    shown |= {"early-link", "link-in-entry"}  # of Hydra 1.3 only; test_library_defaults.py
    of_packages = kinds_of(packages) - {"beside-recipe", "hydra-setting"}  # test_messages.py
    assert {*kinds_of(defaults, library), *of_packages, "link-environment"} <= shown


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_option_that_may_not_be_read(recipe, tmp_path):
    write_library(tmp_path, {"team/conf/model/x": RUN})
    Path("team/conf/model/x.yaml").chmod(0)
    ran = recipe("compose", "--library", "team", "model=x")
    assert (ran.status, ran.out) == (2, "")
    assert "Permission denied" in ran.err


NO_FILES = {
    "a link that leads nowhere": lambda path: path.symlink_to(path.parent / "gone.yaml"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a pipe": os.mkfifo,
}
ON_OPTIONS = [
    "compose --library team model=x",
    "list model --library team",
    "list model/x --library team",
    "library list --library team",
    "library lock --library team",
    "library docs team",
    "library check team",
]


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES.keys())
@pytest.mark.parametrize("command", ON_OPTIONS)
def test_what_is_no_file_where_an_option_is_due(recipe, tmp_path, make, command):
    write_library(tmp_path, {"team/conf/model/y": RUN})
    make(tmp_path / "team" / "conf" / "model" / "x.yaml")
    ran = recipe(*command.split())
    said = ran.err + ran.out
    assert ran.status in (1, 2)
    assert "team/conf/model/x.yaml" in said
    assert re.search("is no file|leads nowhere|symbolic links", said)


@pytest.mark.parametrize("command", ["compose", "library list", "library lock"])
def test_a_pipe_among_the_rules_is_not_waited_for(recipe, tmp_path, command):
    write_library(tmp_path, {"team/conf/rules/y": "{}"})
    os.mkfifo(tmp_path / "team" / "conf" / "rules" / "x.yaml")
    ran = recipe(*command.split(), "--library", "team")
    assert (ran.status, ran.out) == (2, "")
    assert "team/conf/rules/x.yaml: it is no file" in ran.err


def test_a_pipe_for_a_lock_is_not_waited_for(recipe, tmp_path):
    os.mkfifo(tmp_path / "recipes.lock")
    for command in (["compose", "--locked"], ["library", "lock"]):
        ran = recipe(*command)
        assert (ran.status, ran.out) == (2, "")
        assert "it is a pipe, not a file" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_group_that_may_not_be_read(recipe, tmp_path):
    write_library(tmp_path, {"team/conf/model/x": RUN})
    folder = tmp_path / "team" / "conf" / "model"
    folder.chmod(0)
    try:
        ran = recipe("list", "model", "--library", "team")
    finally:
        folder.chmod(0o755)
    assert (ran.status, ran.out) == (2, "")
    assert "Permission denied" in ran.err


MODEL = """\
from __future__ import annotations

from pydantic import BaseModel


class Half(BaseModel):
    run: Nowhere
"""


@pytest.mark.parametrize(
    "command", ["compose model=x", "check recipe.yaml", "explain lr model=x", "library check"]
)
def test_a_family_that_names_a_type_there_is_not(recipe, tmp_path, monkeypatch, command):
    rules = "families:\n  ours:\n    when: {model: x}\n    model: 'half_made:Half'\n"
    write_library(tmp_path, {"team/conf/model/x": LITE, "team/conf/rules/x": rules})
    (tmp_path / "half_made.py").write_text(MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "recipe.yaml").write_text("run: {name: a}\n")
    named = ["team"] if command == "library check" else ["--library", "team"]
    ran = recipe(*command.split(), *named)
    said = ran.err + ran.out
    assert ran.status in (1, 2)
    assert "team/conf/rules/x.yaml:4:5: error: can't use the family model half_made:Half" in said
    assert "name 'Nowhere' is not defined" in said


@pytest.mark.parametrize(
    ("entry", "options", "choice"),
    [
        ("/dataset", ["10"], "'dataset=\"10\"'"),
        ("/dataset", ["10", "chat"], "dataset=chat"),
        ("/dataset@_global_", ["chat"], "dataset@_global_=chat"),
    ],
)
def test_a_choice_that_is_left_open_can_be_pasted(recipe, tmp_path, entry, options, choice):
    files = {f"dataset/{one}": f"{RUN}replicas: 4\n" for one in options}
    defaults = f"defaults: [{entry}: '???', _self_]\n"
    write_library(tmp_path / "team", {"preset/x": f"# @package _global_\n{defaults}", **files})
    ran = recipe("compose", "--library", "team", "+preset=x")
    assert f"choose one: {choice}\n" in ran.err
    chosen = recipe("compose", "--library", "team", "+preset=x", *shlex.split(choice))
    assert chosen.out
    assert "choose one" not in chosen.err
