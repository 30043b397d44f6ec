"""Extending a sweep never loses a part of its request, and what is said of it can be pasted."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

AXES = ("model=nova-micro,nova-lite", "peft=lora", "lr=5e-6,1e-5,2e-5", "min_lr=1e-6,2e-6,3e-6")
TIED = (*AXES, "--zip", "lr,min_lr", "--where", "lr < 2e-5 || model != 'nova-lite'")
GRID = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5", "warmup_steps=range(1,4)")


def content(root):
    """Each file under a directory, with its bytes."""
    files = sorted(path for path in Path(root).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def request(root):
    """The request that a directory records."""
    return yaml.safe_load(Path(root, "sweep.yaml").read_text())["request"]


def count(root):
    """How many recipes a directory has."""
    return len(Path(root, "manifest.jsonl").read_text().splitlines())


def pasted(text):
    """The words of the command at the end of a line, without ``recipe``."""
    first, *words = shlex.split(re.search(r"recipe sweep .*", text).group())
    assert first == "recipe"
    return words


@pytest.mark.parametrize(
    "asked",
    [
        TIED,
        (*GRID, "--name", "{model}-{lr}-{warmup_steps}", "--seed", "3"),
        (*GRID, "--format", "csv", "--json-column"),
        ("+sweep=lora_first_look", "model=nova-pro"),
        ("+sweep=lora_first_look", "model=nova-pro", "--seed", "0"),
    ],
)
def test_the_way_to_add_to_a_grid_has_the_whole_request(recipe, asked):
    assert recipe("sweep", *asked, "--dir", "a sweep").status == 0
    before = content("a sweep")
    ran = recipe("sweep", "--resume", "--dir", "a sweep")
    (line,) = (line for line in ran.err.splitlines() if line.startswith("nothing was left"))
    ran = recipe(*pasted(line))
    assert "nothing was left to write" in ran.err
    assert content("a sweep") == before


def test_a_value_added_in_the_way_to_add_adds_recipes(recipe):
    assert recipe("sweep", *TIED, "--dir", "there").status == 0
    asked, size = request("there"), count("there")
    words = pasted(recipe("sweep", "--resume", "--dir", "there").err.partition("\n\n")[2])
    words = [f"{word},nova-pro" if word.startswith("model=") else word for word in words]
    assert recipe(*words).status == 0
    assert count("there") == size + 3
    overrides = [f"{AXES[0]},nova-pro", *AXES[1:]]
    assert request("there") == {**asked, "overrides": overrides}


def test_the_way_to_add_to_a_sample_of_a_sampler_is_a_larger_one(recipe):
    pytest.importorskip("scipy")
    drawn = ("lr=tag(log,interval(2e-6,1e-4))", "--sampler", "sobol", "--sample", "3")
    assert recipe("sweep", *drawn, "--seed", "2", "--dir", "there").status == 0
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert recipe(*pasted(ran.err.partition("nothing was left")[2])).status == 0
    assert count("there") == 6


def test_a_sample_that_has_all_is_answered_with_no_command(recipe):
    assert recipe("sweep", *GRID, "--sample", "6", "--dir", "there").status == 0
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert "\nnothing was left to write\n" in ran.err


@pytest.mark.parametrize("typed", [("lr=7e-5",), ("optim.lr=7e-5", "run.replicas=4")])
def test_overrides_that_lack_some_of_the_request_are_refused_with_all_of_it(recipe, typed):
    asked = (*GRID, "--where", "lr < 1e-4", "--format", "jsonl")
    assert recipe("sweep", *asked, "--dir", "there").status == 0
    before = content("there")
    ran = recipe("sweep", "--extend", *typed, "--dir", "there")
    assert (ran.status, ran.out) == (2, "")
    assert "the whole new request, and these lack model, peft, warmup_steps of" in ran.err
    assert "points asked" not in ran.err
    assert content("there") == before
    assert recipe(*pasted(ran.err)).status == 0
    assert request("there")["overrides"] == [*GRID[:2], typed[0], GRID[3], *typed[1:]]
    assert request("there")["where"] == ["lr < 1e-4"]
    assert count("there") == 9


def test_a_sweep_of_a_library_is_part_of_the_request(recipe):
    assert recipe("sweep", "+sweep=lora_first_look", "model=nova-pro", "--dir", "there").status == 0
    ran = recipe("sweep", "--extend", "model=nova-pro", "--dir", "there")
    assert ran.status == 2
    assert "these lack sweep of" in ran.err
    assert pasted(ran.err)[1:3] == ["+sweep=lora_first_look", "model=nova-pro"]


@pytest.mark.parametrize("typed", [(), GRID])
def test_a_sample_of_what_was_written_whole_is_refused(recipe, typed):
    assert recipe("sweep", *GRID, "--dir", "there").status == 0
    before = content("there")
    ran = recipe("sweep", *typed, "--extend", "--sample", "3", "--dir", "there")
    assert (ran.status, ran.out) == (2, "")
    assert "a sample of 3 needn't contain them" in ran.err
    assert "points asked" not in ran.err
    assert content("there") == before


def test_a_narrower_condition_leaves_the_request_as_it_was(recipe):
    assert recipe("sweep", *GRID, "--dir", "there").status == 0
    before = content("there")
    ran = recipe("sweep", "--extend", "--where", "lr < 2e-5", "--dir", "there", "--json")
    answer = json.loads(ran.out)
    assert (ran.status, answer["recipes"], answer["written"]) == (0, 6, 0)
    assert content("there") == before


@pytest.mark.parametrize("flag", ["--resume", "--extend"])
def test_the_primary_config_and_the_libraries_of_then_are_named(recipe, tmp_path, flag):
    primary = "defaults: [config, _self_]\nrecipes: {run: {replicas: 8}}\n"
    (tmp_path / "acme/preset").mkdir(parents=True)
    (tmp_path / "acme/preset/short.yaml").write_text("# @package recipes\nrun: {replicas: 2}\n")
    (tmp_path / "acme/other.yaml").write_text(primary)
    named = ("--config-dir", str(tmp_path / "acme"), "--config-name", "other")
    assert recipe("sweep", "lr=1e-5,2e-5", *named, "--dir", "there").status == 0
    before = content("there")
    for given in ((), named[:2]):
        ran = recipe("sweep", flag, *given, "--dir", "there")
        assert (ran.status, ran.out) == (2, "")
        assert f"was made with {shlex.join(named)}; give {shlex.join(named)} as then" in ran.err
    assert recipe("sweep", flag, *named, "--dir", "there").status == 0
    assert content("there") == before


def test_another_primary_config_is_told_as_what_changed(recipe, tmp_path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/other.yaml").write_text("defaults: [config, _self_]\n")
    named = ("--config-dir", str(tmp_path / "acme"))
    assert recipe("sweep", "lr=1e-5,2e-5", *named, "--dir", "there").status == 0
    ran = recipe("sweep", "--resume", *named, "--config-name", "other", "--dir", "there")
    assert ran.status == 2
    assert "config_name was None, is other" in ran.err


@pytest.mark.parametrize(("lost", "new"), [(0, "6 recipes (0 new)"), (2, "6 recipes (2 new)")])
def test_only_what_was_missing_is_told_as_new(recipe, lost, new):
    assert recipe("sweep", *GRID, "--dir", "there").status == 0
    before = content("there")
    for path in sorted(Path("there/recipes").iterdir())[:lost] or [Path("there/manifest.jsonl")]:
        path.unlink()
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert ran.status == 0
    assert f"{new} in there" in ran.err
    assert "nothing was left" not in ran.err
    assert content("there") == before


@pytest.mark.parametrize(
    ("form", "torn", "new"),
    [
        ("jsonl", "recipes.jsonl", 4),
        ("csv", "recipes.csv", 4),
        ("csv", "manifest.jsonl", 0),
        ("jsonl.zst", "recipes.jsonl.zst", 6),
        ("jsonl.zst", "manifest.jsonl", 0),
    ],
)
def test_what_a_torn_stream_still_had_is_not_new(recipe, form, torn, new):
    if form == "jsonl.zst":
        pytest.importorskip("zstandard")
    assert recipe("sweep", *GRID, "--format", form, "--dir", "there").status == 0
    before = content("there")
    cut = 9 if torn.endswith("zst") else sum(map(len, before[torn].splitlines(True)[-4:])) - 20
    Path("there", torn).write_bytes(before[torn][:-cut])
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert f"6 recipes ({new} new) in there".replace("(6 new) ", "") in ran.err
    assert content("there") == before


GRIDS = {
    "whole": (GRID, "lr=1e-5,2e-5", "lr=1e-5,2e-5,3e-5"),
    "sample": ((*GRID, "--sample", "4"), "lr=1e-5", "lr=1e-5,2e-5,3e-5"),
    "saved": (("+sweep=lora_first_look",), "lr=2e-5", "model=nova-pro"),
    "sample of saved": (("+sweep=lora_first_look", "--sample", "3"), "lr=2e-5", "model=nova-pro"),
}
FLAGS = ((), ("--resume",), ("--extend",))


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("flags", FLAGS)
def test_what_each_hint_says_leads_to_recipes(recipe, name, flags):
    begun, narrower, wider = GRIDS[name]
    assert recipe("sweep", *begun, "--dir", "made").status == 0
    same = begun[: begun.index("--sample")] if "--sample" in begun else begun
    widened = (*[word for word in same if not word.startswith(wider[:3])], wider)
    for axes in ((), (narrower,), (wider,), same, widened):
        for options in ((), ("--sample", "2"), ("--sample", "100")):
            if axes == () and not flags:
                continue  # which asks for nothing
            shutil.rmtree("there", ignore_errors=True)
            shutil.copytree("made", "there")
            typed = (*flags, *axes, *options, "--dir", "there")
            for _ in range(3):  # that fewer points are valid than asked for is known only late
                ran = recipe("sweep", *typed)
                if ran.status == 0:
                    break
                typed = as_told(ran.err.splitlines()[-1], typed)
            assert ran.status == 0, (axes, options, ran.err)


def as_told(line, typed):
    """The words of a command that does what an error says."""
    if command := re.search(r"recipe sweep .*", line):
        return shlex.split(command.group())[2:]
    at = typed.index("--sample") if "--sample" in typed else 0
    if at_most := re.search(r"at most: --sample (\d+)", line):
        return (*typed[:at], "--sample", at_most[1], *typed[at + 2 :])
    if "add the new points with --extend" in line:
        return (*typed, "--extend")
    if "leave --sample out" in line:
        return (*typed[:at], *typed[at + 2 :])
    assert line.endswith("write to another directory"), line
    return (*typed[:-1], f"other-{len(list(Path().iterdir()))}")
