"""The law of editing: only what changes changes, in files of any style, or it is refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.yaml_edits import attempt

pytestmark = pytest.mark.quick


@given(st.randoms(use_true_random=False))
def test_an_edit_is_read_back_and_keeps_every_other_line_and_comment(draw):
    found, text, changes, after = attempt(draw)
    told = found.split()[0]
    assert told in {"made", "refused", "unreadable", "nothing", "no_mapping"}, (
        f"{found}\n{text}\n{changes}\n{after}"
    )


def test_most_edits_are_made():
    """Without this the law might be kept by refusing everything."""
    found = [attempt(random.Random(seed))[0] for seed in range(300)]
    assert found.count("made") > 240
    refused = {one for one in found if one.startswith("refused")}
    assert refused <= {"refused shared", "refused duplicate-key", "refused layout"}


def test_the_law_sees_what_is_lost(monkeypatch):
    """An editor that drops every comment breaks it."""
    from support import yaml_edits

    right = yaml_edits.rewritten

    def careless(document, changes):
        return "".join(
            f"{line.partition(' #')[0]}\n" if ";" in line else f"{line}\n"
            for line in right(document, changes).splitlines()
        )

    monkeypatch.setattr(yaml_edits, "rewritten", careless)
    found = []
    for seed in range(40):
        try:
            found.append(attempt(random.Random(seed))[0])
        except Exception:  # noqa: BLE001 - what it writes may be no YAML any more
            found.append("broken")
    assert any(one.startswith("lost") for one in found)
