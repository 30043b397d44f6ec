"""Workers: however many processes make the recipes of a sweep, the same files are written."""

import os
import signal
from itertools import count

import pytest

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.api import plan
from hydra_recipes.sweep.write import workers
from hydra_recipes.sweep.write.chunk import Made
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.workers import made_by
from hydra_recipes.sweep.write.write import Interrupted, write_plan

LARGE = (
    *("model=nova-micro,nova-lite", "warmup_steps=range(1,11)", "run.replicas=2,4,8,16"),
    "lr=" + ",".join(f"{at / 100}e-5" for at in range(100, 160)),
)
"""Recipes of two branches, for several chunks."""
SMALLER = (*LARGE[:-1], "lr=1e-5,1.01e-5")
HERE = os.getpid()


def write(root, form, **order):
    """Write the sweep."""
    return write_plan(plan(LARGE), root, WriteOptions(form, **order), active_libraries())


def content(root):
    """Each file under a directory, with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("form", "slot"),
    [
        *(("yaml", workers.SLOT), ("jsonl", workers.SLOT), ("jsonl", 100_000)),
        *(("jsonl.zst", workers.SLOT), ("csv", workers.SLOT), ("parquet", workers.SLOT)),
    ],
)
def test_the_files_are_the_same_however_many_make_them(tmp_path, monkeypatch, form, slot):
    pytest.importorskip({"jsonl.zst": "zstandard", "parquet": "pyarrow"}.get(form, "json"))
    monkeypatch.setattr(workers, "SLOT", slot)
    alone = write(tmp_path / "1", form)
    assert alone.written > 3000
    for number in (2, 9):
        several = write(tmp_path / str(number), form, workers=number, validate=number == 2)
        assert several.written == alone.written
        assert content(tmp_path / str(number)) == content(tmp_path / "1")


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_a_sweep_is_extended_by_several(tmp_path, form):
    for number in (1, 2):
        root = tmp_path / str(number)
        write_plan(plan(SMALLER), root, WriteOptions(form), active_libraries())
        write(root, form, extend=True, workers=number)
    assert content(tmp_path / "1") == content(tmp_path / "2")


@pytest.mark.parametrize("ends", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_what_was_stopped_is_gone_on_with(tmp_path, monkeypatch, form, ends):
    calls = count()

    def stopped(self, data, own=Grown.write):
        if next(calls) == 17:
            raise ends
        return own(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Grown, "write", stopped)
        with pytest.raises((OutputError, Interrupted)):
            write(tmp_path / "there", form, workers=2)
    lines = (tmp_path / "there/manifest.jsonl").read_bytes().splitlines()
    assert len(lines) % 1000 == 0
    assert len(lines) > 0
    write(tmp_path / "there", form, resume=True, workers=2)
    write(tmp_path / "whole", form)
    assert content(tmp_path / "there") == content(tmp_path / "whole")


def made(points, number, of, per_chunk=10, total=200, until=None):
    """Make chunks of ten points, of which each is a byte."""
    for at, first in enumerate(range(points, total, per_chunk)):
        if until is not None and first >= until and os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        if at % of == number:
            yield Made(per_chunk, [bytes(range(first, first + per_chunk))], 0, 0, [b"\n", b"x"])


@pytest.mark.parametrize("until", [None, 0, 10, 90, 100, 190])
@pytest.mark.parametrize("number", [1, 2, 5, 30])
def test_where_a_worker_is_killed_all_is_made_all_the_same(until, number):
    chunks = made_by(number, lambda *part: made(*part, until=until))
    found = [(b"".join(one.pieces), b"".join(one.manifest)) for one in chunks]
    assert found == [(bytes(range(at, at + 10)), b"\nx") for at in range(0, 200, 10)]


def test_what_goes_wrong_in_a_worker_is_told():
    def wrong(points, number, of):
        yield from made(points, number, of, total=50)
        raise ValueError("the sixth chunk")

    with pytest.raises(ValueError, match="the sixth chunk"):
        list(made_by(2, wrong))


def test_no_process_is_left_once_nobody_wants_chunks(monkeypatch):
    started = []

    def fork(own=os.fork):
        started.append(own())
        return started[-1]

    monkeypatch.setattr(workers.os, "fork", fork)
    chunks = made_by(3, lambda *part: made(*part, total=10**9, per_chunk=1))
    with pytest.raises(ValueError, match="must be in range"):
        for _ in chunks:
            pass
    chunks = made_by(3, made)
    next(chunks)
    chunks.close()
    assert len(started) == 6
    for process in started:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
