"""Going on with a sweep as people do: without typing its request again, and with any flag."""

import json
import os
import re
import shlex
from pathlib import Path

import pytest
import yaml

AXES = ("model=nova-micro,nova-lite", "peft=lora", "lr=5e-6,1e-5,2e-5", "min_lr=1e-6,2e-6,3e-6")
TIED = (*AXES, "--zip", "lr,min_lr", "--where", "lr < 2e-5 || model != 'nova-lite'")
GRID = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5", "warmup_steps=range(1,21)")


def content(root):
    """Each file under a directory, with its bytes."""
    files = sorted(path for path in Path(root).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def ids(root):
    """The ids of the recipes, in the order in which they were written."""
    return [
        json.loads(line)["id"] for line in Path(root, "manifest.jsonl").read_text().splitlines()
    ]


def torn(recipe, *asked, directory="there"):
    """A sweep whose stream and manifest were cut off; what it was before."""
    assert recipe("sweep", *asked, "--format", "jsonl", "--dir", directory).status == 0
    whole = content(directory)
    for name in ("recipes.jsonl", "manifest.jsonl"):
        Path(directory, name).write_bytes(whole[name][: len(whole[name]) // 2])
    file = Path(directory, "sweep.yaml")
    file.write_text(re.sub(r"(?ms)^sizes:.*", "", file.read_text()))
    return whole


@pytest.mark.parametrize(
    "asked",
    [
        TIED,
        (*GRID, "--sample", "7", "--seed", "3", "--name", "{model}-{id}"),
        ("+sweep=lora_first_look", "model=nova-pro"),
        ("+sweep=lora_first_look", "model=nova-pro", "--sample", "3", "--seed", "0"),
    ],
)
def test_resuming_reads_the_request_from_the_directory(recipe, asked):
    whole = torn(recipe, *asked)
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert (ran.status, ran.out) == (0, ""), ran.err
    assert content("there") == whole


def test_resuming_what_is_finished_says_so_and_how_to_add_to_it(recipe):
    assert recipe("sweep", *GRID, "--sample", "3", "--dir", "a sweep").status == 0
    before = content("a sweep")
    ran = recipe("sweep", "--resume", "--dir", "a sweep")
    assert ran.status == 0
    (line,) = (line for line in ran.err.splitlines() if line.startswith("nothing was left"))
    assert content("a sweep") == before
    _, *words = shlex.split(line.rpartition(": ")[2])
    assert recipe(*words).status == 0
    assert len(ids("a sweep")) == 6


def test_extending_a_sample_adds_the_difference(recipe):
    assert recipe("sweep", *GRID, "--sample", "9", "--seed", "5", "--dir", "there").status == 0
    smaller = ids("there")
    ran = recipe("sweep", "--sample", "14", "--extend", "--dir", "there", "--json")
    assert (json.loads(ran.out)["recipes"], json.loads(ran.out)["written"]) == (14, 5)
    assert ids("there")[:9] == smaller
    assert recipe("sweep", *GRID, "--sample", "14", "--seed", "5", "--dir", "whole").status == 0
    assert set(ids("there")) == set(ids("whole"))


def test_extending_a_sample_of_a_sampler_adds_the_difference(recipe):
    pytest.importorskip("scipy")
    drawn = ("model=nova-micro,nova-lite", "lr=tag(log,interval(2e-6,1e-4))", "--sampler", "sobol")
    assert recipe("sweep", *drawn, "--sample", "5", "--dir", "there").status == 0
    smaller = ids("there")
    assert recipe("sweep", "--sample", "11", "--extend", "--dir", "there").status == 0
    assert len(ids("there")) == 11
    assert ids("there")[:5] == smaller


def test_a_sample_that_cannot_contain_the_other_is_told_before_anything_is_planned(recipe):
    assert recipe("sweep", *GRID, "--sample", "3", "--dir", "there").status == 0
    before = content("there")
    ran = recipe("sweep", "--sample", "4", "--seed", "1", "--extend", "--dir", "there")
    assert ran.status == 0
    assert ran.err.startswith("the sample of 3 in there needn't be part of this one, as seed")
    assert "--extend --dir there --sample 4" in ran.err.splitlines()[0]
    assert ran.err.index("needn't") < ran.err.index("points asked")
    for name in set(before) - {"sweep.yaml"}:
        assert content("there")[name].startswith(before[name])
    ran = recipe("sweep", "--sample", "2", "--extend", "--dir", "there")
    assert (ran.status, ran.out) == (2, "")
    assert "points asked" not in ran.err


def test_extending_reads_the_rest_of_the_request_from_the_directory(recipe):
    assert recipe("sweep", *TIED, "--format", "jsonl", "--dir", "there").status == 0
    count = len(ids("there"))
    ran = recipe("sweep", "--extend", "--where", "lr > 0.0", "--dir", "there", "--json")
    assert json.loads(ran.out)["recipes"] == count + 1 == 6
    request = yaml.safe_load(Path("there/sweep.yaml").read_text())["request"]
    assert request["overrides"] == list(AXES)
    assert (request["zips"], request["where"]) == ([["lr", "min_lr"]], ["lr > 0.0"])


def test_a_typed_request_goes_on_in_the_format_that_is_there(recipe):
    assert recipe("sweep", *GRID, "--format", "csv", "--json-column", "--dir", "there").status == 0
    ran = recipe("sweep", *GRID, "--resume", "--dir", "there", "--json")
    assert json.loads(ran.out)["written"] == 0
    more = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5,3e-5", "warmup_steps=range(1,21)")
    ran = recipe("sweep", *more, "--extend", "--dir", "there", "--json")
    assert (json.loads(ran.out)["recipes"], json.loads(ran.out)["written"]) == (60, 20)


def test_extending_what_did_not_change_adds_nothing(recipe):
    assert recipe("sweep", *GRID, "--dir", "there").status == 0
    before = content("there")
    ran = recipe("sweep", "--extend", "--dir", "there")
    assert ran.status == 0
    assert "nothing was left to write" in ran.err
    assert content("there") == before


@pytest.mark.parametrize("asked", [(), AXES, (*AXES, "optim.weight_decay=0,0.1")])
@pytest.mark.parametrize("flag", ["--extend", ""])
def test_what_is_unfinished_is_answered_with_the_command_that_finishes_it(recipe, asked, flag):
    whole = torn(recipe, *AXES)
    form = ("--format", "jsonl") if asked else ()
    ran = recipe("sweep", *asked, *([flag] if flag else []), *form, "--dir", "there")
    assert ran.status == 2
    command = re.search(r"finish it( first)?: recipe (.*)", ran.err).group(2)
    assert recipe(*shlex.split(command)).status == 0
    assert content("there") == whole


def test_planning_with_the_request_of_a_directory_says_nothing_of_the_directory(recipe):
    assert recipe("sweep", *GRID, "--sample", "3", "--dir", "there").status == 0
    ran = recipe(
        "sweep", "--extend", "--sample", "5", "--plan", "--format", "csv", "--dir", "there"
    )
    assert "a sample of 5 is taken" in ran.out
    assert ran.err == "nothing is written with --plan: --format left aside\n"
    assert len(ids("there")) == 3


def test_a_finished_sweep_is_told_from_another_one(recipe):
    assert recipe("sweep", *GRID, "--dir", "there").status == 0
    same = recipe("sweep", *GRID, "--dir", "there")
    other = recipe("sweep", *GRID, "run.replicas=2,4", "--dir", "there")
    bare = recipe("sweep", "--dir", "there")
    assert (same.status, other.status, bare.status) == (2, 2, 2)
    assert "there has a sweep already, finished" in bare.err
    assert "has this sweep already, finished" in same.err
    assert "add the new points with --extend" in other.err


def test_a_changed_request_of_an_unfinished_sweep_is_answered_with_how_to_finish_it(recipe):
    torn(recipe, *AXES)
    ran = recipe("sweep", *GRID, "--format", "jsonl", "--resume", "--dir", "there")
    assert ran.status == 2
    assert "finish it as it was begun: recipe sweep --resume --dir there" in ran.err


def test_libraries_of_then_are_asked_for(recipe, tmp_path):
    library = tmp_path / "acme"
    (library / "preset").mkdir(parents=True)
    (library / "preset/short.yaml").write_text("# @package recipes\nrun: {replicas: 2}\n")
    words = ("--library", str(library))
    assert recipe("sweep", *GRID, *words, "--dir", "there").status == 0
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert ran.status == 2
    assert f"give --library {library} as then" in ran.err
    assert recipe("sweep", "--resume", "--dir", "there", *words).status == 0
    library.rename(tmp_path / "shelf")
    (tmp_path / "moved").mkdir()
    (tmp_path / "shelf").rename(tmp_path / "moved/acme")
    moved = ("--library", str(tmp_path / "moved/acme"))
    assert recipe("sweep", "--resume", "--dir", "there", *moved).status == 0


def test_without_a_directory_the_latest_sweep_is_named(recipe):
    for number, name in enumerate(["multirun/old", "multirun/2026-01-02/a b"]):
        assert recipe("sweep", *GRID, "--sample", "1", "--dir", name).status == 0
        os.utime(Path(name, "sweep.yaml"), (number, number))
    ran = recipe("sweep", "--resume")
    assert (ran.status, ran.out) == (2, "")
    command = ran.err.rpartition("the latest: ")[2]
    assert shlex.split(command)[-1] == "multirun/2026-01-02/a b"
    assert recipe(*shlex.split(command)[1:]).status == 0


def test_a_sweep_file_with_another_type_of_a_field_is_refused(recipe):
    assert recipe("sweep", *TIED, "--sample", "1", "--dir", "there").status == 0
    file = Path("there/sweep.yaml")
    found = yaml.safe_load(file.read_text())
    for field, value in [
        ("overrides", [1]),
        ("zips", "lr,min_lr"),
        ("zips", [1]),
        ("where", "lr < 1"),
        ("sample", "1"),
        ("seed", True),
        ("name", 3),
        ("sampler", []),
        ("format", "xml"),
    ]:
        request = {**found["request"], field: value}
        file.write_text(yaml.safe_dump({**found, "request": request}))
        ran = recipe("sweep", "--resume", "--dir", "there")
        assert (ran.status, ran.out) == (2, ""), field
        assert "sweep.yaml is not what a sweep wrote" in ran.err


def test_a_bare_sweep_says_what_an_axis_is_with_commands_to_paste(recipe):
    ran = recipe("sweep")
    assert (ran.status, ran.out) == (2, "")
    assert "a group or key with several values" in ran.err
    commands = re.findall(r"recipe (sweep .*?--plan)", ran.err)
    assert len(commands) == 2
    assert commands[1].startswith("sweep +sweep=")
    for command in commands:
        assert recipe(*shlex.split(command)).status == 0
    assert list(Path().iterdir()) == []
