"""Resuming and extending a sweep: whatever stopped it, it ends as one that was never stopped."""

import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FORMATS = ("yaml", "jsonl", "jsonl.zst", "csv", "parquet")
FEWEST = {"yaml": 1275, "jsonl": 75, "jsonl.zst": 75, "csv": 75, "parquet": 50}
"""How many changes a sweep that is killed makes in its directory at least, from start to end."""
EXTRAS = {"jsonl.zst": "zstandard", "parquet": "pyarrow"}
SMALL = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5", "run.replicas=2,4,8")
MORE = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5,3e-5", "run.replicas=2,4,8")


def space(rates):
    """A space of 180 points for each learning rate, nearly all of them valid."""
    values = ",".join(f"{at / 100}e-5" for at in range(100, 100 + rates))
    return (
        *("model=nova-micro", "peft=lora", f"lr={values}", "warmup_steps=range(1,21)"),
        *("run.replicas=2,4,8", "alpha=32,64,128"),
    )


def needs(form):
    """Skips where the format's extra is missing."""
    if form in EXTRAS:
        pytest.importorskip(EXTRAS[form])


def content(root):
    """Each file under a directory, with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def stamp(path):
    """When a file was last written; None if there is none."""
    return path.stat().st_mtime_ns if path.exists() else None


def killed(root, *arguments, after):
    """Starts a sweep as a process and kills it so many seconds after it begins to write."""
    before = stamp(root / "sweep.yaml")
    command = [sys.executable, "-c", "from hydra_recipes.cli.main import run; run()", "sweep"]
    with subprocess.Popen([*command, *arguments, "--dir", str(root)]) as process:
        while process.poll() is None and stamp(root / "sweep.yaml") == before:
            time.sleep(0.0005)
        time.sleep(after)
        process.kill()


STEPPED = """
import os, sys
root, left, by = sys.argv.pop(), int(sys.argv.pop()), int(sys.argv.pop())

def told(event, arguments):
    global left
    if event in ("open", "os.mkdir", "os.rename", "os.remove") and root in str(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), by)

sys.addaudithook(told)
from hydra_recipes.cli.main import run
run()
"""


def stopped(root, *arguments, step, by=signal.SIGKILL):
    """Runs a sweep as a process that stops itself before the step-th change it makes there."""
    ran = subprocess.run(
        [
            *(sys.executable, "-c", STEPPED, "sweep", *arguments, "--dir", str(root)),
            *(str(int(by)), str(step), str(root)),
        ],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stderr


def assert_nothing_is_half_written(root, form):
    """Each recipe file that can be seen is whole, and so is each line that ends."""
    for name in ("manifest.jsonl", "recipes.jsonl"):
        if (root / name).exists():
            *lines, _ = (root / name).read_bytes().split(b"\n")
            for line in lines:
                json.loads(line)
    for file in (root / "recipes").rglob("*.yaml"):
        if ".part" not in str(file.parent):
            lines = file.read_text().splitlines()
            assert lines[0].startswith("# recipe compose")
            assert any(line.startswith("training_config:") for line in lines)
            assert file.read_text().endswith("\n")
    if form == "parquet":
        from pyarrow import parquet

        for file in (root / "recipes.parquet").glob("*.parquet"):
            parquet.read_table(file)


@pytest.mark.parametrize("form", FORMATS)
def test_a_sweep_killed_again_and_again_ends_as_one_never_killed(recipe, tmp_path, form):
    needs(form)
    asked = (*space(7 if form == "yaml" else 120), "--format", form)
    assert recipe("sweep", *asked, "--dir", "whole").status == 0
    root = tmp_path / "killed"
    status, _ = stopped(root, *asked, step=random.randint(1, FEWEST[form]))
    assert status == -signal.SIGKILL
    assert_nothing_is_half_written(root, form)
    killed(root, *asked, "--resume", after=random.uniform(0, 0.15))
    assert_nothing_is_half_written(root, form)
    ended = recipe("sweep", *asked, "--dir", "killed", "--resume")
    assert ended.status == 0, ended.err
    assert content(root) == content(tmp_path / "whole")


@pytest.mark.parametrize("form", FORMATS)
def test_extending_keeps_what_is_there_and_adds_the_new_points_only(recipe, tmp_path, form):
    needs(form)
    root = tmp_path / "there"
    assert recipe("sweep", *SMALL, "--format", form, "--dir", "there").status == 0
    before = content(root)
    ended = recipe("sweep", *MORE, "--format", form, "--dir", "there", "--extend", "--json")
    assert (json.loads(ended.out)["recipes"], json.loads(ended.out)["written"]) == (9, 3)
    after = content(root)
    for name, data in before.items():
        if name != "sweep.yaml":
            assert after[name].startswith(data), name
    lines = [json.loads(line) for line in after["manifest.jsonl"].splitlines()]
    assert [line["index"] for line in lines] == list(range(9))
    assert {line["axes"]["lr"] for line in lines[6:]} == {3e-5}
    assert all((root / line["file"]).exists() for line in lines)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_extension_killed_and_resumed_ends_as_one_never_killed(recipe, tmp_path, form):
    needs(form)
    first, second = (*space(2), "--format", form), (*space(12), "--format", form)
    for name in ("whole", "killed"):
        assert recipe("sweep", *first, "--dir", name).status == 0
    assert recipe("sweep", *second, "--dir", "whole", "--extend").status == 0
    status, _ = stopped(tmp_path / "killed", *second, "--extend", step=random.randint(1, 6))
    assert status == -signal.SIGKILL
    assert_nothing_is_half_written(tmp_path / "killed", form)
    again = (*second, "--resume", "--extend")
    killed(tmp_path / "killed", *again, after=random.uniform(0, 0.1))
    assert_nothing_is_half_written(tmp_path / "killed", form)
    assert recipe("sweep", *second, "--dir", "killed", "--resume").status == 0
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def test_an_interruption_ends_with_130_and_can_be_resumed(recipe, tmp_path):
    asked = (*space(120), "--format", "jsonl")
    status, said = stopped(tmp_path / "there", *asked, step=30, by=signal.SIGINT)
    assert status == 130
    told = [line for line in said.splitlines() if line][-1]
    there, whole = re.fullmatch(
        rf"interrupted: ([\d,]+) of ([\d,]+) recipes are in {tmp_path}/there;"
        rf" go on with: recipe sweep --resume --dir {tmp_path}/there",
        told,
    ).groups()
    manifest = content(tmp_path / "there").get("manifest.jsonl", b"")
    lines = manifest.count(b"\n")
    assert int(there.replace(",", "")) <= lines < int(whole.replace(",", ""))
    assert said.count("interrupted") == 1
    assert "Traceback" not in said
    assert recipe("sweep", *asked, "--dir", "there", "--resume").status == 0
    assert recipe("sweep", *asked, "--dir", "whole").status == 0
    assert content(tmp_path / "there") == content(tmp_path / "whole")


def test_resuming_what_is_finished_writes_nothing(recipe, tmp_path):
    assert recipe("sweep", *SMALL, "--dir", "there").status == 0
    files = {path: stamp(path) for path in (tmp_path / "there").rglob("*") if path.is_file()}
    ended = recipe("sweep", *SMALL, "--dir", "there", "--resume", "--json")
    assert (json.loads(ended.out)["recipes"], json.loads(ended.out)["written"]) == (6, 0)
    assert {
        path: stamp(path) for path in (tmp_path / "there").rglob("*") if path.is_file()
    } == files


def test_a_changed_request_is_refused_and_what_changed_is_named(recipe):
    assert recipe("sweep", *SMALL, "--dir", "there").status == 0
    ended = recipe("sweep", *MORE, "--dir", "there", "--resume")
    assert ended.status == 2
    assert "lr=1e-5,2e-5,3e-5" in ended.err
    ended = recipe("sweep", *SMALL, "--dir", "there", "--resume", "--where", "lr < 1.0")
    assert ended.status == 2
    assert "where" in ended.err
    for option in ("--extend", "--resume"):
        ended = recipe("sweep", *SMALL, "--dir", "there", option, "--format", "jsonl")
        assert ended.status == 2
        assert "--format yaml" in ended.err


@pytest.mark.parametrize(
    ("section", "name"), [("versions", "hydra-recipes"), ("libraries", "nova")]
)
def test_a_changed_version_or_library_is_refused_and_named(recipe, tmp_path, section, name):
    import yaml

    assert recipe("sweep", *SMALL, "--dir", "there").status == 0
    file = tmp_path / "there" / "sweep.yaml"
    found = yaml.safe_load(file.read_text())[section][name]
    file.write_text(file.read_text().replace(found, "another"))
    before = content(tmp_path / "there")
    ended = recipe("sweep", *SMALL, "--dir", "there", "--resume")
    assert ended.status == 2
    assert f"{name} was another, is {found}" in ended.err
    assert content(tmp_path / "there") == before


def test_a_name_that_is_taken_is_refused_when_extending(recipe, tmp_path):
    named = ("--name", "run-{lr}", "--dir", "there")
    assert recipe("sweep", "model=nova-micro", "lr=1e-5,2e-5", *named).status == 0
    before = content(tmp_path / "there")
    ended = recipe("sweep", "model=nova-lite", "lr=1e-5,2e-5", *named, "--extend")
    assert ended.status == 2
    assert "run-1e-05" in ended.err
    assert content(tmp_path / "there") == before


def cut(path: Path, size: int) -> None:
    """Cuts some bytes off the end of a file."""
    path.write_bytes(path.read_bytes()[:-size])


def append(path: Path, text: str) -> None:
    """Adds to a file."""
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: cut(root / "manifest.jsonl", 20),
        lambda root: cut(root / "recipes.jsonl", 20),
        lambda root: (root / "recipes.jsonl").unlink(),
        lambda root: (root / "manifest.jsonl").unlink(),
        lambda root: (root / ".progress.json").write_text('{"points": 3, "sizes'),
        lambda root: (root / ".progress.json").write_text('{"points": 3000, "sizes": {}}'),
        lambda root: (root / ".progress.json").write_text('{"points": 3, "sizes": {"a": "b"}}'),
        lambda root: append(root / "manifest.jsonl", "more\n"),
    ],
    ids=[
        *("manifest cut", "stream cut", "no stream", "no manifest"),
        *("progress cut", "progress too far", "progress garbled", "manifest longer"),
    ],
)
def test_what_was_damaged_is_mended_by_resuming(recipe, tmp_path, damage):
    asked = ("sweep", *SMALL, "--format", "jsonl", "--dir", "there")
    assert recipe(*asked).status == 0
    before = content(tmp_path / "there")
    damage(tmp_path / "there")
    ended = recipe(*asked, "--resume")
    assert ended.status == 0, ended.err
    assert content(tmp_path / "there") == before


def first_of(root, form):
    """The first file of a sweep's recipes."""
    folder = {"yaml": "recipes", "parquet": "recipes.parquet"}[form]
    return min((root / folder).iterdir())


DAMAGES = {
    "removed": Path.unlink,
    "cut": lambda file: cut(file, 20),
    "empty": lambda file: file.write_bytes(b""),
}


@pytest.mark.parametrize("form", ["yaml", "parquet"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_recipe_file_is_written_again_by_resuming(recipe, tmp_path, form, damage):
    needs(form)
    asked = ("sweep", *SMALL, "--format", form, "--dir", "there")
    assert recipe(*asked).status == 0
    before = content(tmp_path / "there")
    damage(first_of(tmp_path / "there", form))
    assert recipe(*asked, "--resume").status == 0
    assert content(tmp_path / "there") == before


def test_a_file_damaged_while_a_sweep_was_stopped_is_written_again(recipe, tmp_path, monkeypatch):
    from hydra_recipes.sweep.write.formats import YamlFiles

    monkeypatch.setattr(YamlFiles, "chunk", 2)
    asked = ("sweep", *SMALL, "--dir", "there")
    assert recipe(*asked).status == 0
    before = content(tmp_path / "there")
    make, left = YamlFiles.made, [True, True]

    def fails(self, chunk):
        if not left:
            raise OSError(28, "No space left on device", "there")
        left.pop()
        return make(self, chunk)

    for damage in DAMAGES.values():
        shutil.rmtree("there")
        left[:] = [True, True]
        monkeypatch.setattr(YamlFiles, "made", fails)
        assert recipe(*asked).status == 2
        damage(first_of(tmp_path / "there", "yaml"))
        monkeypatch.setattr(YamlFiles, "made", make)
        ended = recipe(*asked, "--resume", "--json")
        assert json.loads(ended.out)["written"] == 3  # the damaged one, and two never written
        assert content(tmp_path / "there") == before


@pytest.mark.parametrize("form", ["yaml", "parquet"])
def test_what_an_earlier_request_wrote_is_told_if_it_is_damaged(recipe, tmp_path, form):
    needs(form)
    there = ("--format", form, "--dir", "there")
    assert recipe("sweep", *SMALL, *there).status == 0
    earlier, old = content(tmp_path / "there"), first_of(tmp_path / "there", form)
    assert recipe("sweep", *MORE, *there, "--extend").status == 0
    whole = content(tmp_path / "there")
    for damage in DAMAGES.values():
        kept = old.read_bytes()
        damage(old)
        before = content(tmp_path / "there")
        ended = recipe("sweep", *MORE, *there, "--resume")
        assert ended.status == 2
        assert "recipes that an earlier request wrote to there are missing or cut" in ended.err
        assert content(tmp_path / "there") == before
        old.write_bytes(kept)
    new = min(name for name in whole if name.startswith("recipes") and name not in earlier)
    cut(tmp_path / "there" / new, 20)
    assert recipe("sweep", *MORE, *there, "--resume").status == 0
    assert content(tmp_path / "there") == whole


@pytest.mark.parametrize("text", ["", "a: [", "[]", "request: {}\n", "request: 3\n", "\x00"])
def test_a_garbled_sweep_file_is_told_and_nothing_is_touched(recipe, tmp_path, text):
    assert recipe("sweep", *SMALL, "--dir", "there").status == 0
    (tmp_path / "there" / "sweep.yaml").write_text(text)
    before = content(tmp_path / "there")
    for option in ("--resume", "--extend"):
        ended = recipe("sweep", *SMALL, "--dir", "there", option)
        assert ended.status == 2
        assert "sweep.yaml is not what a sweep wrote" in ended.err
    assert content(tmp_path / "there") == before
