"""Sweeps over run names: values of any type are an axis like any other."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from hydra_recipes import check, compose
from hydra_recipes.sources.active import using
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.jobs import jobs
from hydra_recipes.sweep.write.points import Rendering
from support.team_libraries import write_library

FORMATS = ("yaml", "jsonl", "jsonl.zst", "parquet")
EXTRAS = {"jsonl.zst": "zstandard", "parquet": "pyarrow"}
FAMILY = """\
from typing import Any
import pydantic

class Run(pydantic.BaseModel):
    name: Any = None
    copies: int
    label: Any = None
    near_run_name: Any = None

class Shape(pydantic.BaseModel):
    run: Run
"""
LOOSE = {
    "config": "defaults:\n  - method: any\n  - _self_\n",
    "method/any": "# @package recipes.run\n# Any name.\nname: x\ncopies: 1\n"
    "label: ${.name}\nnear_run_name: ${.name}\n",
    "rules/any": "shadows: [config]\noffers: [{method: any}]\n"
    "families: {loose: {when: {method: any}, model: 'loose_families:Shape'}}\n",
}
VALUES = (
    "7",
    "a",
    "null",
    "true",
    "1.5",
    "[1,b]",
    "'8'",
    "''",
    "$<run.copies>",
    "'Über_uns'",
    "'-'",
)


@pytest.fixture
def loose(tmp_path, monkeypatch):
    """A library whose recipes may be called anything."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "loose_families.py").write_text(FAMILY)
    monkeypatch.syspath_prepend(str(site))
    write_library(tmp_path / "loose", LOOSE)
    yield str(tmp_path / "loose")
    sys.modules.pop("loose_families", None)


def written(texts, shelf, *, as_yaml=False, name=None):
    space = read_space(texts, SweepOptions(name=name), shelf)
    return list(Rendering(plan_space(space, shelf), as_yaml, lambda _, label: label).points())


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("7", None),
        ("a", "{name}"),
        ("null", "x-{copies}"),
        ("[1,b]", None),
        ("$<run.copies>", None),
    ],
)
def test_names_of_any_type_each_give_what_they_compose(loose, first, name):
    values = ",".join([first, *(value for value in VALUES if value != first)])
    for texts in (
        (f"run.name={values}", "run.copies=1,2"),
        (f"run.name={values}", "run.copies=1,2", "label=$<.name>-$<.copies>,$<.name>"),
        (f"run.name={values}", "run.copies=1,2", "near_run_name=a,7,$<.name>"),
        (f"run.name={first}", "run.copies=1,2"),
    ):
        with using([loose]) as shelf:
            points = written(texts, shelf, name=name)
        files = [point.file for point in points]
        assert len(set(files)) == len(files) >= 2
        assert all(file.isascii() and file[:1].isalpha() for file in files)
        for point in points:
            overrides = json.loads(point.manifest)["overrides"]
            composed = compose(overrides, libraries=[loose])
            assert check(composed, libraries=[loose]).valid
            assert json.loads(point.text) == composed.resolved()
            given = composed.resolved()["run"]["name"]
            assert (given == point.file) == isinstance(given, str)


def test_a_recipe_without_a_run_name_has_a_file_of_its_own(loose):
    rules = Path(loose, "method", "any.yaml")
    rules.write_text("# @package recipes.run\n# No name.\ncopies: 1\n")
    with using([loose]) as shelf:
        points = written(("run.copies=1,2,3",), shelf)
        spelled = list(
            jobs(plan_space(read_space(["run.copies=1,2,3"], SweepOptions(), shelf), shelf), shelf)
        )
    assert [point.file for point in points] == [f"run-{point.id}" for point in points]
    assert [json.loads(point.text) for point in points] == [
        {"run": {"copies": n}} for n in (1, 2, 3)
    ]
    assert spelled == [[f"recipes.run.copies={n}"] for n in (1, 2, 3)]


def content(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_written_of_any_names_is_resumed_and_extended(loose, recipe, tmp_path, form):
    if form in EXTRAS:
        pytest.importorskip(EXTRAS[form])
    asked = ("sweep", f"run.name={','.join(VALUES)}", "run.copies=1,2", "--library", loose)
    where = ("--dir", "there", "--format", form)
    assert recipe(*asked, *where).status == 0
    whole = content(tmp_path / "there")
    ran = recipe(*asked, *where, "--resume", "--json")
    assert json.loads(ran.out)["written"] == 0
    manifest = tmp_path / "there" / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-30])
    assert recipe(*asked, *where, "--resume").status == 0
    assert content(tmp_path / "there") == whole
    more = (*asked[:2], "run.copies=1,2,3", *asked[3:], *where)
    ran = recipe(*more, "--extend", "--json")
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["written"] > 0
    assert json.loads(recipe(*more, "--resume", "--json").out)["written"] == 0
    if form == "yaml":
        assert recipe("check", "there/recipes", "--library", loose).status == 0
    shutil.rmtree(tmp_path / "there")


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_a_name_that_is_no_text_spoils_nothing_in_the_shipped_library(recipe, tmp_path, form):
    asked = ("sweep", "run.name=7,null,a,[1]", "lr=1e-5,2e-5", "--format", form, "--dir", "there")
    assert recipe(*asked).status == 0
    lines = (tmp_path / "there" / "manifest.jsonl").read_text().splitlines()
    points = [json.loads(line) for line in lines]
    assert [compose(point["overrides"]).id for point in points] == [p["id"] for p in points]
    assert [point["overrides"][0] for point in points] == ["run.name=a"] * 2
    assert len({point["overrides"][-1] for point in points}) == 2
    assert recipe(*asked, "--resume").status == 0
