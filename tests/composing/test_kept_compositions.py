"""What was composed is kept on disk, and used only as long as it would come out the same."""

import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes import RecipeError, compose
from hydra_recipes.composing import engine, kept_compositions
from hydra_recipes.composing.cache import CompositionCache
from hydra_recipes.rules.kept import VARIABLE
from support.team_libraries import write_library

VALUE = "# @package recipes.training_config\nmax_length: {}\n"
LITE = "defaults: [nova-lite, _self_]\nrecipes: {{run: {{replicas: {}}}}}\n"
OVERRIDES = ["model=nova-lite", "+preset=mine"]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The directory of a cache of its own, which is empty."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def made(monkeypatch):
    """Counts what Hydra really composes; nothing is known from before."""
    calls = []
    really = engine._compose
    monkeypatch.setattr(engine, "composed", CompositionCache())
    monkeypatch.setattr(engine, "_compose", lambda *given: calls.append(given[1]) or really(*given))
    return calls


def in_a_new_process(overrides=("model=nova-lite",), libraries=()):
    """What a process composes that has composed nothing before."""
    engine.composed = CompositionCache()
    try:
        recipe = compose(overrides, libraries=libraries)
    except (RecipeError, OSError) as error:
        return str(error)
    return recipe.tree, recipe.choices, recipe.provenance.sources, recipe.provenance.moved


def entries(kept: Path) -> list[Path]:
    return sorted(kept.glob("composed-*"))


def test_what_a_process_composed_the_next_one_need_not(kept, made):
    first = in_a_new_process(["model=nova-lite", "lr=2e-6"])
    again = in_a_new_process(["model=nova-lite", "lr=2e-6"])
    assert (len(made), again, len(entries(kept))) == (1, first, 1)
    in_a_new_process(["model=nova-pro"])
    assert len(made) == 2


def test_a_fresh_checkout_of_the_same_files_is_not_composed_again(kept, made, tmp_path):
    team = write_library(tmp_path / "team", {"preset/mine": VALUE.format(8192)})
    first = in_a_new_process(OVERRIDES, libraries=[team])
    shutil.copytree(team, tmp_path / "copy")
    shutil.rmtree(team)
    shutil.move(tmp_path / "copy", team)
    os.utime(team / "preset/mine.yaml", ns=(1, 1))
    assert (in_a_new_process(OVERRIDES, libraries=[team]), len(made)) == (first, 1)


def write(path: Path, text: str, *, same_time: bool = False) -> None:
    """Write a file; its times may be those from before, as an edit within a second leaves them."""
    before = path.stat() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if same_time and before:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_link(path: Path, target: Path) -> None:
    """Put a link in place of a file or folder, to a copy of it or to something else."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(target, ignore_errors=True)
        path.rename(target)
    elif path.is_symlink():
        return
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    path.symlink_to(target, target_is_directory=target.is_dir())


EDITS = {
    "a value": lambda top: write(top / "own/preset/mine.yaml", VALUE.format(32768)),
    "a value of the same length at the same time": lambda top: write(
        top / "own/preset/mine.yaml", VALUE.format(4096), same_time=True
    ),
    "the value as it was": lambda top: write(top / "own/preset/mine.yaml", VALUE.format(8192)),
    "a file is replaced": lambda top: (top / "own/spare.yaml").replace(
        top / "own/preset/mine.yaml"
    ),
    "a file goes": lambda top: (top / "own/preset/mine.yaml").unlink(),
    "a folder goes": lambda top: shutil.rmtree(top / "own/preset"),
    "a file becomes a folder": lambda top: (
        (top / "own/preset/mine.yaml").unlink() or (top / "own/preset/mine.yaml").mkdir()
    ),
    "an option is laid before it": lambda top: write(
        top / "first/preset/mine.yaml", VALUE.format(65536)
    ),
    "what was looked for is there": lambda top: write(
        top / "own/by_model/sft/nova-lite-lora.yaml", "# @package recipes.run\nreplicas: 16\n"
    ),
    "a model is shadowed": lambda top: (
        write(top / "own/model/nova-lite.yaml", "defaults: [/model/nova-micro, _self_]\n"),
        write(top / "own/rules/own.yaml", "shadows: [model/nova-lite]\n"),
    ),
    "a name moves": lambda top: (
        (top / "own/preset/mine.yaml").rename(top / "own/preset/new.yaml"),
        write(top / "own/rules/own.yaml", "moved: {preset/mine: preset/new}\n"),
    ),
    "a file becomes a link": lambda top: replace_by_link(
        top / "own/preset/mine.yaml", top / "own/hidden/mine.yaml"
    ),
    "a file becomes a link out": lambda top: replace_by_link(
        top / "own/preset/mine.yaml", top / "outside.yaml"
    ),
    "a folder becomes a link": lambda top: replace_by_link(top / "own/preset", top / "own/presets"),
    "a folder becomes a link out": lambda top: replace_by_link(top / "own/preset", top / "outside"),
    "a file can't be read as text": lambda top: (top / "own/preset/mine.yaml").write_bytes(b"\xff"),
    "nothing": lambda _: None,
}


# Each example composes by Hydra up to ten times.
@settings(max_examples=40)
@given(
    edits=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.booleans()), min_size=1, max_size=4)
)
def test_after_any_edit_what_is_kept_gives_what_composing_gives(edits, tmp_path_factory):
    top = tmp_path_factory.mktemp("edited")
    write_library(top / "first", {"preset/unused": VALUE.format(1)})
    own = {"preset/mine": VALUE.format(8192), "spare": VALUE.format(16384)}
    write_library(top / "own", own)
    libraries = [top / "first", top / "own"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(top / "cache"))
        in_a_new_process(OVERRIDES, libraries=libraries)
        for edit, turned in edits:
            try:
                EDITS[edit](top)
            except OSError:
                continue  # an edit before took away what this one changes
            libraries = libraries[::-1] if turned else libraries
            kept = in_a_new_process(OVERRIDES, libraries=libraries)
            again = in_a_new_process(OVERRIDES, libraries=libraries)
            patch.setenv(VARIABLE, "")
            assert kept == again == in_a_new_process(OVERRIDES, libraries=libraries), edit
            patch.setenv(VARIABLE, str(top / "cache"))


def test_a_damaged_entry_is_no_entry(kept, made):
    right = in_a_new_process()
    (entry,) = entries(kept)
    content = entry.read_bytes()
    draw = random.Random(18)
    for _ in range(100):
        damaged = bytearray(content)
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        entry.write_bytes(damaged[: draw.choice([len(damaged), draw.randrange(len(damaged))])])
        assert in_a_new_process() == right
    for other in (b"", b"\0" * 8):
        entry.write_bytes(other)
        assert in_a_new_process() == right


@pytest.mark.parametrize("code", ["another Hydra", "another state of the package"])
def test_an_entry_of_other_code_is_no_entry(kept, made, monkeypatch, code):
    right = in_a_new_process()
    monkeypatch.setattr(kept_compositions, "_code", lambda: [code])
    assert (in_a_new_process(), len(made)) == (right, 2)


def test_an_entry_that_others_may_write_is_no_entry(kept, made):
    right = in_a_new_process()
    (entry,) = entries(kept)
    entry.chmod(0o666)
    assert (in_a_new_process(), len(made)) == (right, 2)


def test_a_cache_that_cant_be_written_is_none(made, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    for name in ("file", "file/below", ""):
        monkeypatch.setenv(VARIABLE, str(tmp_path / name) if name else "")
        assert in_a_new_process(["model=nova-pro"])[1]["model"] == "nova-pro"
    assert len(made) == 3


def test_requests_that_share_a_place_are_told_apart(kept, made, monkeypatch):
    monkeypatch.setattr(kept_compositions, "_SLOTS", 1)
    for model in ("nova-lite", "nova-pro", "nova-lite"):
        assert in_a_new_process([f"model={model}"])[1]["model"] == model
    assert (len(made), len(entries(kept))) == (3, 1)


def test_eight_processes_at_once_answer_alike(kept, recipe_process):
    def answer(_):
        return recipe_process("compose", "model=nova-lite", "lr=2e-6", **{VARIABLE: str(kept)})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(answer, range(16)))
    assert {(ran.status, ran.out) for ran in answers} == {(0, answers[0].out)}
    assert "lr: 2.0e-06" in answers[0].out
    assert len(entries(kept)) == 1


def test_no_cache_neither_reads_nor_writes(kept, recipe):
    with_cache, without = recipe("compose"), recipe("compose", "--no-cache")
    assert (without.status, without.out) == (with_cache.status, with_cache.out)
    entry = entries(kept)[0]
    before = entry.read_bytes()
    entry.write_bytes(b"damaged")
    assert recipe("compose", "--no-cache").out == with_cache.out
    assert entry.read_bytes() == b"damaged"
    assert recipe("compose").out == with_cache.out
    engine.composed = CompositionCache()
    assert recipe("compose").out == with_cache.out
    assert entry.read_bytes() == before


WARM = {
    "compose": ("compose", "model=nova-lite", "lr=2e-6", "+exp_manager.note=x"),
    "check": ("check", "model=nova-lite", "~max_length"),
    "check a file": ("check", "recipe.yaml"),
    "explain": ("explain", "lr", "model=nova-lite", "lr=2e-6"),
    "list": ("list", "model"),
}


@pytest.mark.parametrize("name", WARM)
def test_a_warm_command_imports_neither_hydra_nor_omegaconf(kept, tmp_path, name):
    (tmp_path / "recipe.yaml").write_text(compose(["model=nova-lite"]).to_yaml())
    script = (
        "import os, sys; from hydra_recipes.cli.main import execute; execute(sys.argv[1:]);"
        "print(*sorted(sys.modules.keys() & {'hydra', 'omegaconf', 'antlr4'}), file=sys.stderr)"
    )
    told = []
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", script, *WARM[name]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(ran.stderr.splitlines()[-1])
    assert told[1] == ""
