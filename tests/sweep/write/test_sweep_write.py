"""Writing a sweep: where it lands, who may write there, and what errors leave behind."""

import errno
import json
import os
import re
import resource
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from hydra_recipes.findings.errors import OutputError, OverrideError, RecipeError
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.api import plan
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write import formats, write
from hydra_recipes.sweep.write.directory import SweepDirectory
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.write import write_plan

SPACE = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5", "run.replicas=2,4,8")
LARGE = (
    *("model=nova-micro", "peft=lora", "warmup_steps=range(1,21)", "run.replicas=2,4,8"),
    "lr=" + ",".join(f"{at / 100}e-5" for at in range(100, 130)),
)
SMALLER = (*LARGE[:-1], "lr=1e-5,1.01e-5")


def content(root):
    """Each file under a directory, with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["{nope}", "{lr"])
def test_nothing_is_made_where_the_template_cannot_be_used(name, tmp_path):
    planned = plan_space(
        read_space(SPACE, SweepOptions(name=name), active_libraries()), active_libraries()
    )
    with pytest.raises(OverrideError, match="template"):
        write_plan(planned, tmp_path / "out" / "deep", WriteOptions(), active_libraries())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_made_where_an_extra_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(RecipeError, match="zstandard"):
        write_plan(plan(SPACE), tmp_path / "out", WriteOptions("jsonl.zst"), active_libraries())
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_lands_in_multirun_under_its_date_time_and_method(recipe, tmp_path):
    ended = recipe("sweep", *SPACE)
    assert ended.status == 0
    (root,) = tmp_path.glob("multirun/*/*")
    assert re.fullmatch(
        r"multirun/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-sft", root.relative_to(tmp_path).as_posix()
    )
    assert str(root.relative_to(tmp_path)) in ended.err
    assert len(list((root / "recipes").iterdir())) == 6


def test_what_is_left_is_the_recipes_and_their_two_lists(recipe, tmp_path):
    assert recipe("sweep", *SPACE, "--dir", "there").status == 0
    assert sorted(p.name for p in (tmp_path / "there").iterdir()) == [
        *("manifest.jsonl", "recipes", "sweep.yaml"),
    ]


def test_planning_writes_nothing_and_says_what_has_no_effect(recipe, tmp_path):
    ran = recipe("sweep", *SPACE, "--dir", "there", "--plan", "--format", "yaml", "--resume")
    assert ran.status == 0
    assert ran.err == "nothing is written with --plan: --dir, --format, --resume left aside\n"
    assert recipe("sweep", *SPACE, "--plan").err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_grid_without_valid_points_writes_nothing(recipe, tmp_path):
    assert recipe("sweep", "model=nova-micro", "run.replicas=3,5", "--dir", "there").status == 1
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_a_sweep_is_only_added_to_when_asked(recipe, tmp_path):
    assert recipe("sweep", *SPACE, "--dir", "there").status == 0
    before = content(tmp_path)
    ended = recipe("sweep", *SPACE, "--dir", "there")
    assert ended.status == 2
    assert "--resume" in ended.err
    assert content(tmp_path) == before


@pytest.mark.parametrize("option", [(), ("--resume",), ("--extend",)])
def test_a_directory_with_other_files_is_left_alone(recipe, tmp_path, option):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / ".lock").write_text("theirs")
    (tmp_path / "there" / "notes.part").write_text("theirs")
    ended = recipe("sweep", *SPACE, "--dir", "there", *option)
    assert ended.status == 2
    assert "files that are no sweep" in ended.err
    assert content(tmp_path) == {"there/.lock": b"theirs", "there/notes.part": b"theirs"}


def test_files_put_beside_a_sweep_stay(recipe, tmp_path):
    assert recipe("sweep", *SPACE, "--dir", "there").status == 0
    (tmp_path / "there" / "notes.part").write_text("theirs")
    (tmp_path / "there" / "manifest.jsonl").unlink()
    assert recipe("sweep", *SPACE, "--dir", "there", "--resume").status == 0
    assert (tmp_path / "there" / "notes.part").read_text() == "theirs"


@pytest.mark.parametrize("option", ["--resume", "--extend"])
def test_resuming_where_nothing_was_begun_begins(recipe, tmp_path, option):
    assert recipe("sweep", *SPACE, "--dir", "there", option).status == 0
    assert recipe("sweep", *SPACE, "--dir", "other").status == 0
    assert content(tmp_path / "there") == content(tmp_path / "other")


def test_a_directory_that_another_run_writes_to_is_refused(recipe, tmp_path):
    with SweepDirectory(tmp_path / "there").locked():
        ended = recipe("sweep", *SPACE, "--dir", "there")
    assert ended.status == 2
    assert "another run is writing to there" in ended.err
    assert recipe("sweep", *SPACE, "--dir", "there").status == 0


def test_of_two_processes_at_once_one_writes_and_one_is_refused(recipe, tmp_path):
    command = [sys.executable, "-c", "from hydra_recipes.cli.main import run; run()", "sweep"]
    command += [*LARGE, "--format", "jsonl", "--resume", "--dir", "there"]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ended = [(said, process.returncode) for process in both for said in [process.communicate()[1]]]
    assert sorted(status for _, status in ended) in ([0, 0], [0, 2])
    assert all("another run is writing" in said for said, status in ended if status == 2)
    assert recipe("sweep", *LARGE, "--format", "jsonl", "--dir", "whole").status == 0
    assert content(tmp_path / "there") == content(tmp_path / "whole")


@pytest.mark.parametrize("place", ["file", "file/there"])
def test_a_place_that_takes_no_directory_is_told(recipe, tmp_path, place):
    (tmp_path / "file").write_text("a file\n")
    ended = recipe("sweep", *SPACE, "--dir", place)
    assert ended.status == 2
    assert place in ended.err
    assert "not a directory" in ended.err.lower()
    assert content(tmp_path) == {"file": b"a file\n"}


def test_a_directory_without_permission_is_told(recipe, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "closed").mkdir(mode=0o500)
    ended = recipe("sweep", *SPACE, "--dir", "closed/there")
    assert ended.status == 2
    assert os.strerror(errno.EACCES) in ended.err


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc here")
def test_a_file_system_that_takes_no_directories_is_told(recipe):
    ended = recipe("sweep", *SPACE, "--dir", "/proc/there")
    assert ended.status == 2
    assert "can't write /proc/there" in ended.err


@pytest.mark.parametrize("form", ["jsonl", "yaml", "jsonl.zst", "csv", "parquet"])
def test_a_disk_that_fills_up_leaves_what_can_be_resumed(recipe, tmp_path, form):
    extra = {"jsonl.zst": "zstandard", "parquet": "pyarrow"}.get(form)
    if extra:
        pytest.importorskip(extra)
    asked = ("sweep", *LARGE, "--format", form, "--dir")
    assert recipe(*asked, "whole").status == 0
    whole = content(tmp_path / "whole")
    room = max(len(data) for data in whole.values()) * 2 // 3

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [sys.executable, "-c", "from hydra_recipes.cli.main import run; run()"]
    ended = subprocess.run(
        [*command, *asked, "there"],
        cwd=tmp_path,
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert os.strerror(errno.EFBIG) in ended.stderr
    assert "--resume" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert recipe(*asked, "there", "--resume").status == 0
    assert content(tmp_path / "there") == whole


class FullDisk:
    """Writes as ``write_all`` and ``_write_new`` do until there is room for half a call only."""

    def __init__(self, patch, calls):
        self.calls = calls
        self.write_all, self.write_new = formats.write_all, formats._write_new
        patch.setattr(formats, "write_all", lambda *a: self.called(self.write_all, *a))
        patch.setattr(formats, "_write_new", lambda *a: self.called(self.write_new, *a))
        patch.setattr(write, "write_all", lambda *a: self.called(self.write_all, *a))

    def called(self, function, file, data):
        self.calls -= 1
        if self.calls >= 0:
            return function(file, data)
        function(file, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("form", "calls"), [("jsonl", 12), ("jsonl", 2), ("jsonl", 7), ("yaml", 1500), ("yaml", 1000)]
)
def test_nothing_half_written_stays_on_a_full_disk(tmp_path, form, calls):
    there = tmp_path / "there"
    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, calls)
        with pytest.raises(OutputError) as caught:
            write_plan(plan(LARGE), there, WriteOptions(form), active_libraries())
    assert caught.value.detail.reason == os.strerror(errno.ENOSPC)
    lines = (there / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == (1000 if calls in (12, 1500) else 0)
    assert all(line.endswith(b"}\n") for line in lines)
    assert not list(there.rglob("*.part"))
    if form == "jsonl":
        assert len((there / "recipes.jsonl").read_bytes().splitlines()) == len(lines)
    else:
        assert {(path.stat().st_size > 0) for path in there.rglob("*.yaml")} == {True}
    write_plan(plan(LARGE), there, WriteOptions(form, resume=True), active_libraries())
    write_plan(plan(LARGE), tmp_path / "whole", WriteOptions(form), active_libraries())
    assert content(there) == content(tmp_path / "whole")


def test_progress_is_told_and_sums_up_to_the_recipes(tmp_path):
    steps = {}

    def watch(total, label):
        told = steps.setdefault(label, [])
        told.append(-total)
        return nullcontext(lambda done, found: told.append(done - found))

    for wanted, extend in [(SMALLER, False), (LARGE, True)]:
        order = WriteOptions("jsonl", extend=extend)
        write_plan(plan(wanted), tmp_path / "there", order, active_libraries(), watch)
        # All that is announced is done.
        assert {label: sum(told) for label, told in steps.items()} == dict.fromkeys(steps, 0)
    assert len(steps["recipes"]) > 4
    assert -sum(n for n in steps["recipes"] if n < 0) == len(plan(LARGE))
    assert -sum(n for n in steps["comparing"] if n < 0) == len(plan(LARGE))


@pytest.mark.parametrize("n", [1, 4, 7])
def test_shards_are_disjoint_and_together_the_whole(tmp_path, n):
    whole = plan(SPACE)
    write_plan(whole, tmp_path / "whole", WriteOptions("jsonl"), active_libraries())
    wanted = (tmp_path / "whole" / "recipes.jsonl").read_text().splitlines()
    found = []
    for i in range(n):
        shard = whole.shard(i, n)
        outcome = write_plan(shard, tmp_path / str(i), WriteOptions("jsonl"), active_libraries())
        lines = (tmp_path / str(i) / "recipes.jsonl").read_text().splitlines()
        assert outcome.recipes == len(shard) == len(lines)
        assert lines == wanted[i::n]
        found += lines
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("sample", [None, 5])
def test_a_shard_of_a_shard_is_a_slice_of_it(sample):
    whole = plan(SPACE, sample=sample)
    points = [point.overrides for point in whole.points()]
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 2)):
        shard = whole.shard(i, 2).shard(j, 3)
        assert [point.overrides for point in shard.points()] == points[i::2][j::3]
        assert len(shard) == len(points[i::2][j::3])
        assert bool(shard) == bool(points[i::2][j::3])
        assert shard.ledger == whole.ledger


def test_a_shard_is_a_request_of_its_own(tmp_path):
    whole = plan(SPACE)
    write_plan(whole.shard(0, 2), tmp_path / "there", WriteOptions("jsonl"), active_libraries())
    with pytest.raises(OutputError) as caught:
        write_plan(
            whole.shard(1, 2),
            tmp_path / "there",
            WriteOptions("jsonl", resume=True),
            active_libraries(),
        )
    assert caught.value.kind == "sweep-changed"
    assert ("shard", [0, 2], [1, 2]) in caught.value.detail.changed
    write_plan(
        whole.shard(1, 2),
        tmp_path / "there",
        WriteOptions("jsonl", extend=True),
        active_libraries(),
    )
    write_plan(whole, tmp_path / "whole", WriteOptions("jsonl"), active_libraries())
    ids = [
        {
            json.loads(line)["id"]
            for line in (tmp_path / name / "manifest.jsonl").read_text().splitlines()
        }
        for name in ("there", "whole")
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(("i", "n"), [(2, 2), (-1, 2), (0, 0)])
def test_a_shard_that_there_is_not_is_refused(i, n):
    with pytest.raises(ValueError, match=f"there is no shard {i} of {n}"):
        plan(SPACE).shard(i, n)
