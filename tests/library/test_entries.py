"""Entries of defaults lists: what is read of them, and what they bring."""

import pytest

from hydra_recipes.library.entries import Entry, entries_in, entries_of
from hydra_recipes.library.moves import Moves

pytestmark = pytest.mark.quick


def read(*listed, group=""):
    return list(entries_of({"defaults": list(listed)}, group))


@pytest.mark.parametrize(
    ("written", "entry"),
    [
        ("/model/nova-lite", Entry("", "", "", "/model/nova-lite", 0, "")),
        ("base@_here_", Entry("", "", "_here_", "base", 0, "")),
        ({"model": "nova-lite"}, Entry("", "model", "", "nova-lite", 0, "")),
        ({"override /model": None}, Entry("override", "/model", "", None, 0, "")),
        ({"optional model@a.b": ["x", "y"]}, Entry("optional", "model", "a.b", ["x", "y"], 0, "")),
        ({"model": 3}, Entry("", "model", "", 3, 0, "")),
    ],
)
def test_an_entry_is_read_and_written_alike(written, entry):
    assert read(written) == [entry]
    assert entry.written == written


@pytest.mark.parametrize("tree", [None, [], {}, {"defaults": "model"}, {"defaults": {"a": "b"}}])
def test_what_is_no_defaults_list_has_no_entries(tree):
    assert list(entries_of(tree)) == []


def test_what_is_no_entry_is_left_out():
    assert [entry.at for entry in read("_self_", 1, {"": "x"}, {"@a": "x"}, "base")] == [4]


@pytest.mark.parametrize(
    ("written", "configs"),
    [
        ("/peft/lora", ["peft/lora"]),
        ("nova-lite@a", ["model/nova-lite"]),
        ({"/peft": ["lora", 1, "full"]}, ["peft/lora", "peft/full"]),
        ({"folder": "x"}, ["model/folder/x"]),
        ({"/peft": None}, []),
        ({"override /peft": "lora"}, []),
        ({"/peft": "${model}"}, []),
        ("/peft/${model}", []),
    ],
)
def test_an_entry_brings_configs(written, configs):
    (entry,) = read(written, group="model")
    assert entry.configs == configs


def test_a_primary_config_names_groups_from_the_top():
    (entry,) = read({"model": "nova-lite"})
    assert entry.configs == ["model/nova-lite"]
    assert entry.choices == "model=nova-lite"


@pytest.mark.parametrize(
    ("written", "new"),
    [
        ({"/model": "lite"}, {"/engine": "nova-lite"}),
        ({"optional model@a": ["lite", 3]}, {"optional engine@a": ["nova-lite", 3]}),
        ("/model/lite", "/engine/nova-lite"),
        ("model/lite@a", "engine/nova-lite@a"),
        ({"engine": "lite"}, {"engine": "nova-lite"}),
        ({"engine": "nova-lite"}, {"engine": "nova-lite"}),
    ],
)
def test_an_entry_gets_the_names_of_now(written, new):
    moves = Moves({"model": "engine"}, {"engine": {"lite": "nova-lite"}}, {})
    (entry,) = read(written)
    assert moves.entry(entry).written == new


def test_the_entries_of_a_file_are_read_again_once_it_changes(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("defaults: [b]\n")
    assert [entry.value for entry in entries_in(file)] == ["b"]
    assert entries_in(file) is entries_in(file)
    file.write_text("defaults: [b, c]\n")
    assert [entry.value for entry in entries_in(file)] == ["b", "c"]
