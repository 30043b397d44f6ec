"""Known: what a directory has already is told exactly, and takes little memory."""

import json
import random
import tracemalloc

import pytest

from hydra_recipes.sweep.plan.duplicates import IdSet
from hydra_recipes.sweep.write import recipe_index as room
from hydra_recipes.sweep.write.directory import SweepDirectory
from hydra_recipes.sweep.write.recipe_index import RecipeIndex, read_known


def manifest(path, count):
    with (path / "manifest.jsonl").open("w") as stream:
        for at in range(count):
            overrides = ["lr=1e-5", f"run.name=run-{at}"] if at % 2 else ["lr=1e-5"]
            line = {"index": at, "id": f"{at * 7919:012x}", "overrides": overrides, "file": "r"}
            stream.write(json.dumps(line) + "\n")
    return path / "manifest.jsonl"


def test_ids_and_names_of_the_first_lines_are_known_and_no_others(tmp_path):
    known = read_known(manifest(tmp_path, 10), 8)
    assert len(known) == 8
    assert [f"{at * 7919:012x}" in known for at in range(10)] == [True] * 8 + [False] * 2
    assert [known.has_name(f"run-{at}") for at in range(10)] == [False, True] * 4 + [False] * 2
    assert not known.has_name("")


def test_names_that_only_look_the_same_in_short_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_short", len)
    known = read_known(manifest(tmp_path, 8), 8)
    assert known.has_name("run-3")
    assert not known.has_name("run-2")


def test_nothing_is_known_of_an_empty_directory():
    assert len(RecipeIndex()) == 0
    assert "000000000001" not in RecipeIndex()
    assert not RecipeIndex().has_name("a")


def test_a_long_manifest_is_read_line_by_line(tmp_path):
    manifest(tmp_path, 20_000)
    (tmp_path / "r").touch()
    target = SweepDirectory(tmp_path)
    tracemalloc.start()
    try:
        found = target.known(20_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found
    assert peak < 20_000 * 100


def test_numbers_are_those_added_and_no_others():
    some = [*range(0, 3000, 7), 0, 2**64 - 1, *(1 << at for at in range(64))]
    random.Random(3).shuffle(some)
    numbers = IdSet()
    for number in some:
        numbers.add(number)
    assert len(numbers) == len(some)
    assert all((number in numbers) == (number in set(some)) for number in range(3000))
    assert all(number in numbers for number in some)
    for wrong in (-1, 2**64):
        with pytest.raises(OverflowError):
            numbers.add(wrong)
