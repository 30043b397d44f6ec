"""The progress bar: on a terminal, and only for what takes a while."""

import io
import sys

import pytest

from hydra_recipes.cli import progress as module
from hydra_recipes.cli.progress import progress


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


@pytest.mark.parametrize(("stream", "patience"), [(io.StringIO, -1), (Terminal, 1000)])
def test_nothing_shows_elsewhere_or_for_what_is_quick(monkeypatch, stream, patience):
    assert shown(monkeypatch, stream(), patience) == ""
