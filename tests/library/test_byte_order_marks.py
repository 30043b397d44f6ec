"""An option file with a byte-order mark is the same to ``recipe``, to an app and to its jobs."""

import codecs
import os
import re
import subprocess
import sys

import pytest

from hydra_recipes import compose
from support.team_libraries import write_library

OPTION = "# @package recipes.run\n# Ours.\ndata_s3_path: s3://acme/{}.jsonl\n"
OUT = "recipes.run.output_s3_path=s3://acme/out"
APP = """\
import hydra


@hydra.main(config_path="own", config_name="app", version_base="1.3")
def app(config):
    print("data:", config.recipes.run.data_s3_path)


app()
"""


def marked(text):
    return codecs.BOM_UTF8 + text.encode()


CONTENTS = {
    "marked": marked(OPTION.format("marked")),
    "windows": marked(OPTION.format("windows").replace("\n", "\r\n")),
    "lines": OPTION.format("lines").replace("\n", "\r\n").encode(),
    "plain": OPTION.format("plain").encode(),
}


@pytest.fixture
def team(tmp_path):
    conf = write_library(tmp_path / "team" / "conf", {"dataset/x": ""})
    (conf / "dataset" / "x.yaml").unlink()
    for name, content in CONTENTS.items():
        (conf / "dataset" / f"{name}.yaml").write_bytes(content)
    return tmp_path / "team"


def run(tmp_path, *words):
    return subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "HYDRA_RECIPES_LIBRARIES": str(tmp_path / "team")},
    )


def paths_in(text):
    return re.findall(r"data(?:_s3_path)?: (?:s3://acme/)?(\w+)\.jsonl", text)


@pytest.mark.parametrize("name", CONTENTS)
def test_recipe_and_the_plain_app_compose_the_same(tmp_path, team, name):
    recipe = compose([f"+dataset={name}", OUT], libraries=[team])
    assert recipe["data_s3_path"] == f"s3://acme/{name}.jsonl"
    ran = run(tmp_path, "-W", "error", "-m", "hydra_recipes", f"+dataset={name}", OUT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == recipe.to_yaml()


@pytest.mark.parametrize("sweeper", ["basic", "valid_grid"])
def test_the_jobs_of_a_sweep_have_the_same(tmp_path, team, sweeper):
    words = ("-m", f"hydra/sweeper={sweeper}", f"+dataset={','.join(CONTENTS)}", OUT)
    ran = run(tmp_path, "-m", "hydra_recipes", *words)
    assert ran.returncode == 0, ran.stderr
    assert paths_in(ran.stdout) == [*CONTENTS]


@pytest.mark.parametrize("word", ["+dataset=marked", "+own=marked"])
def test_an_app_with_configs_of_its_own_has_the_same(tmp_path, team, word):
    write_library(tmp_path / "own", {"app": "defaults: [config, _self_]\n", "own/x": ""})
    (tmp_path / "own" / "own" / "marked.yaml").write_bytes(CONTENTS["marked"])
    (tmp_path / "app.py").write_text(APP)
    for words in ((word,), ("-m", "hydra/sweeper=valid_grid", word, OUT)):
        ran = run(tmp_path, "app.py", *words)
        assert "data: s3://acme/marked.jsonl" in ran.stdout, ran.stderr


def test_what_is_said_of_it_elsewhere_is_the_same(tmp_path, team, recipe):
    listed = recipe("list", "dataset", "--library", str(team)).out
    assert [line.split() for line in listed.splitlines()[1:5]] == [
        [name, "Ours."] for name in sorted(CONTENTS)
    ]
    assert recipe("library", "docs", str(team)).out.count("`run.data_s3_path`") == len(CONTENTS)
    assert recipe("library", "check", str(team)).status == 0


UNREADABLE = {"UTF-16": OPTION.format("x").encode("utf-16"), "not UTF-8": b"name: caf\xe9\n"}


@pytest.mark.parametrize(("said", "content"), UNREADABLE.items(), ids=UNREADABLE.keys())
def test_another_encoding_is_refused_in_one_line(tmp_path, team, recipe, said, content):
    (team / "conf" / "dataset" / "x.yaml").write_bytes(content)
    ran = recipe("compose", "--library", str(team), "+dataset=x")
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.splitlines()[0].endswith("save it as UTF-8")
    app = run(tmp_path, "-m", "hydra_recipes", "+dataset=x")
    assert app.returncode == 1
    assert "dataset/x.yaml is not UTF-8 text; save it as UTF-8" in app.stderr
    assert "Traceback" not in app.stderr
