"""The progress bar: on a terminal, and only for what takes a while."""

import io
import re
import sys
import time

import pytest

from hydra_recipes import compose
from hydra_recipes.cli import progress as module
from hydra_recipes.cli.progress import progress
from support.pseudo_terminal import in_terminal


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, patience):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "_PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    with progress(3, "trials") as progressed:
        for _ in range(3):
            progressed(1)
    return stream.getvalue()


def test_what_takes_a_while_shows_how_far_it_is(monkeypatch):
    last = shown(monkeypatch, Terminal(), -1).split("\r")[-1]
    assert "trials" in last
    assert "3/3" in last


def test_steps_that_are_found_on_the_way_are_counted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(module, "_PATIENCE", -1)
    with progress(0, "planning") as progressed:
        progressed(0, 2)
        progressed(1)
        progressed(1)
        progressed(1, 4)
    assert "3/6" in sys.stderr.getvalue().split("\r")[-1]


IMPATIENT = "from hydra_recipes.cli import progress; progress._PATIENCE = -1"


@pytest.mark.parametrize(
    ("axes", "steps"),
    [
        (["model=nova-micro,nova-lite", "lr=1e-5,2e-5"], 2),
        (["betas.0=0.8,0.9,0.85", "lr=1e-5,2e-5"], 1 + 6),
    ],
)
def test_a_terminal_shows_planning_and_then_writing(tmp_path, axes, steps):
    options = ("--format", "jsonl", "--dir", "out")
    said = in_terminal(tmp_path, 100, "sweep", *axes, *options, stream="stderr", before=IMPATIENT)
    bars = re.findall(r"(planning|recipes) +\[#+\] +(\d+)/(\d+)", said)
    assert ("planning", str(steps), str(steps)) in bars
    written = len((tmp_path / "out/recipes.jsonl").read_text().splitlines())
    assert bars[-1] == ("recipes", str(written), str(written))


def test_what_nobody_tells_of_shows_that_it_goes_on(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    with progress(0, "counting"):
        until = time.monotonic() + 10
        while "counting" not in sys.stderr.getvalue():
            assert time.monotonic() < until
            time.sleep(0.01)


def test_points_that_are_told_by_their_ids_are_counted(tmp_path):
    few = f"{IMPATIENT}; from hydra_recipes.sweep.plan import duplicates; duplicates.MOST = 3"
    axes = ("min_lr=1e-6,2e-6,$<..lr>", "lr=1e-5,2e-5")
    said = in_terminal(tmp_path, 100, "sweep", *axes, "--plan", stream="stderr", before=few)
    assert re.search(r"planning +\[#+\] +5/5", said)


def test_extending_shows_what_is_compared_and_what_is_added(tmp_path):
    asked = ("sweep", "lr=1e-5,2e-5", "--format", "jsonl", "--dir", "out")
    in_terminal(tmp_path, 100, *asked, stream="stderr", before=IMPATIENT)
    more = ("sweep", "lr=1e-5,2e-5,3e-5", "--extend", "--dir", "out")
    said = in_terminal(tmp_path, 100, *more, stream="stderr", before=IMPATIENT)
    bars = re.findall(r"(comparing|recipes) +\[#+\] +(\d+)/(\d+)", said)
    assert ("comparing", "3", "3") in bars
    assert bars[-1] == ("recipes", "1", "1")


def test_a_quiet_check_of_files_shows_how_far_it_is(tmp_path):
    text = compose(["platform=training-job"]).to_yaml()
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text(text)
    said = in_terminal(tmp_path, 100, "check", "-q", ".", stream="stderr", before=IMPATIENT)
    assert ("3", "3") in re.findall(r"checking +\[#+\] +(\d+)/(\d+)", said)
    loud = in_terminal(tmp_path, 100, "check", ".", stream="stderr", before=IMPATIENT)
    assert "checking" not in loud


def test_drawing_shows_too(tmp_path):
    pytest.importorskip("scipy")
    asked = ("lr=interval(1e-6,1e-4)", "--sampler", "sobol", "--sample", "5", "--plan")
    said = in_terminal(tmp_path, 100, "sweep", *asked, stream="stderr", before=IMPATIENT)
    assert re.search(r"planning +\[#+\] +(\d+)/\1\b", said)


@pytest.mark.parametrize(("stream", "patience"), [(io.StringIO, -1), (Terminal, 1000)])
def test_nothing_shows_elsewhere_or_for_what_is_quick(monkeypatch, stream, patience):
    assert shown(monkeypatch, stream(), patience) == ""
