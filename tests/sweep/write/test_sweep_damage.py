"""A damaged sweep directory: resuming ends in the right bytes or a refusal, and loses nothing."""

import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest

from hydra_recipes import plan
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.write import grown
from hydra_recipes.sweep.write.formats import JsonLines
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.write import write_plan

FORMATS = ("yaml", "jsonl", "jsonl.zst", "csv", "parquet")
EXTRAS = {"jsonl.zst": "zstandard", "parquet": "pyarrow"}
FIRST, MORE = ("lr=1e-5,2e-5",), ("lr=1e-5,2e-5,3e-5",)
SECONDS = 4
"""How long each format's files are damaged, again and again."""


def content(root):
    """Each file under a directory, with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def restore(root, files):
    """Makes a directory hold these files and no others."""
    now = content(root)
    for name in now.keys() - files.keys():
        (root / name).unlink()
    for name, data in files.items():
        if now.get(name) != data:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)


def extended(root, form):
    """A sweep of two recipes that was extended by a third; what its directory holds."""
    if form in EXTRAS:
        pytest.importorskip(EXTRAS[form])
    write_plan(plan(FIRST), root, WriteOptions(form), active_libraries())
    write_plan(plan(MORE), root, WriteOptions(form, extend=True), active_libraries())
    return content(root)


def resumed(root, form, asked=MORE):
    """Resumes; gives the error, if there is one."""
    try:
        write_plan(plan(asked), root, WriteOptions(form, resume=True), active_libraries())
    except OutputError as error:
        return error
    return None


DAMAGES = {
    "flip": lambda data, at, bit: data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :],
    "cut": lambda data, at, _: data[:at],
    "lost": lambda data, at, _: data[:at] + data[at + 1 :],
    "zeros": lambda data, at, _: data[:at] + bytes(len(data) - at),
}


@pytest.mark.parametrize("form", FORMATS)
def test_any_damage_ends_in_the_right_bytes_or_in_a_refusal(tmp_path, form):
    root = tmp_path / "there"
    whole = extended(root, form)
    shelf, asked, order = active_libraries(), plan(MORE), WriteOptions(form, resume=True)
    names = [name for name in whole if form != "parquet" or not name.startswith("recipes")]
    ended, seen = time.monotonic() + SECONDS, 0
    while time.monotonic() < ended:
        name = random.choice(["sweep.yaml", "manifest.jsonl", *names])
        at, how = random.randrange(len(whole[name])), random.choice(list(DAMAGES))
        (root / name).write_bytes(DAMAGES[how](whole[name], at, random.randrange(8)))
        before, case = content(root), (name, at, how, (root / name).read_bytes()[at - 9 : at + 9])
        refusal = None
        try:
            write_plan(asked, root, order, shelf)
        except OutputError as error:
            refusal = error
        if refusal is not None:
            assert content(root) == before, case
            assert len(str(refusal).splitlines()) == 1, case
        else:
            after = content(root)
            header = form == "yaml" and name.startswith("recipes")  # options of its command may be
            assert after == whole or (header and {**after, name: b""} == {**whole, name: b""}), case
        restore(root, whole)
        seen += 1
    assert seen > 10


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_manifest_that_lost_a_line_is_refused_and_the_line_is_named(tmp_path, form, line):
    root = tmp_path / "there"
    whole = extended(root, form)
    lines = whole["manifest.jsonl"].splitlines(keepends=True)
    (root / "manifest.jsonl").write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    before = content(root)
    error = resumed(root, form)
    if line == 2:  # it ends a line early, as where a run was stopped
        assert error is None
        assert content(root) == whole
        return
    assert f"manifest.jsonl, line {line + 1}, is not what this sweep wrote there" in str(error)
    assert content(root) == before


def numbered(lines):
    """Manifest lines with the index of their place."""
    found = [{**json.loads(line), "index": at} for at, line in enumerate(lines)]
    return [json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in found]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (0, 0, 2), (0, 1, 1), (1, 2), (0, 2)])
def test_lines_that_changed_places_are_refused(tmp_path, form, order):
    root = tmp_path / "there"
    lines = extended(root, form)["manifest.jsonl"].splitlines()
    (root / "manifest.jsonl").write_bytes(b"".join(numbered([lines[at] for at in order])))
    before = content(root)
    error = resumed(root, form)
    assert error is not None
    assert error.kind in ("not-its-own", "bad-sweep-file")
    assert content(root) == before


def test_recipes_that_changed_places_are_refused_and_the_line_is_named(tmp_path):
    root = tmp_path / "there"
    first, second, third = extended(root, "jsonl")["recipes.jsonl"].splitlines(keepends=True)
    for lines, wrong in (((second, first, third), 1), ((first, second, second), 3)):
        (root / "recipes.jsonl").write_bytes(b"".join(lines))
        before = content(root)
        error = resumed(root, "jsonl")
        assert f"recipes.jsonl, line {wrong}, is not what this sweep wrote" in str(error)
        assert content(root) == before


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_added_since_is_kept_where_an_older_sweep_file_is_brought_back(tmp_path, form):
    root = tmp_path / "there"
    if form in EXTRAS:
        pytest.importorskip(EXTRAS[form])
    write_plan(plan(FIRST), root, WriteOptions(form), active_libraries())
    older = (root / "sweep.yaml").read_bytes()
    write_plan(plan(MORE), root, WriteOptions(form, extend=True), active_libraries())
    (root / "sweep.yaml").write_bytes(older)
    before = content(root)
    error = resumed(root, form, FIRST)
    assert "manifest.jsonl, line 3, is not what this sweep wrote there" in str(error)
    assert content(root) == before


@pytest.mark.parametrize("tail", [b'{"id":"0', b"\0" * 40, b"more\n", b"[]\n\n7\n"])
def test_a_torn_end_is_replaced_once_its_replacement_is_whole(tmp_path, monkeypatch, tail):
    root = tmp_path / "there"
    whole = extended(root, "jsonl")
    for name in ("recipes.jsonl", "manifest.jsonl"):
        (root / name).write_bytes(whole[name] + tail)
    before = content(root)

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(grown.Grown, "finish", stopped)
        with pytest.raises(KeyboardInterrupt):
            resumed(root, "jsonl")
    assert {name: content(root)[name] for name in before if name != "sweep.yaml"} == {
        name: data for name, data in before.items() if name != "sweep.yaml"
    }
    assert resumed(root, "jsonl") is None
    assert content(root) == whole


def test_what_a_stopped_run_wrote_is_gone_on_with_and_never_cut(tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    write_plan(plan(MORE), whole, WriteOptions("jsonl"), active_libraries())
    root = tmp_path / "there"
    write_plan(plan(MORE), root, WriteOptions("jsonl"), active_libraries())
    lines = (whole / "recipes.jsonl").read_bytes().splitlines(keepends=True)
    half = b"".join(lines[:2]) + lines[2][:100]
    (root / "recipes.jsonl").write_bytes(half)
    (root / "manifest.jsonl").unlink()
    inode = (root / "recipes.jsonl").stat().st_ino
    append = JsonLines.append

    def looked_at(self, made):
        assert (root / "recipes.jsonl").read_bytes().startswith(half)
        return append(self, made)

    monkeypatch.setattr(JsonLines, "append", looked_at)
    assert resumed(root, "jsonl") is None
    assert content(root) == content(whole)
    assert (root / "recipes.jsonl").stat().st_ino == inode


SWEEP = Path("there") / "sweep.yaml"
DEEP = "[" * 5000 + "]" * 5000
BOMB = "&a [1,1,1,1,1,1,1,1,1,1]"
for letter, before in zip("bcdefgh", "abcdefg", strict=True):
    BOMB += f"\n{letter}: &{letter} [{','.join([f'*{before}'] * 10)}]"
ODD = {
    "digits": ("recipes: 2", f"recipes: {'9' * 5000}"),
    "large": ("recipes: 2", f"recipes: {'9' * 400}"),
    "date": ("recipes: 2", "recipes: 2020-01-01"),
    "float": ("recipes: 2", "recipes: 2.0"),
    "true": ("recipes: 2", "recipes: true"),
    "negative": ("recipes: 2", "recipes: -2"),
    "infinite": ("recipes: 2", "recipes: .inf"),
    "twice": ("recipes: 2", "recipes: 2\nrecipes: 1"),
    "unknown": ("recipes: 2", "recipes: 2\nmore: 1"),
    "deep": ("recipes: 2", f"recipes: {DEEP}"),
    "aliases": ("recipes: 2", f"recipes: 2\na: {BOMB}"),
    "cycle": ("recipes: 2", "recipes: &a [*a]"),
    "tag": ("recipes: 2", "recipes: !!python/object/apply:os.mkdir [ran]"),
    "size": ("manifest.jsonl: ", "manifest.jsonl: !!float "),
    "text": ("manifest.jsonl: ", "manifest.jsonl: x"),
    "version": ("hydra-recipes: ", "hydra-recipes: [1]\n  x: "),
    "key": ("hydra-recipes: ", "1: x\n  hydra-recipes: "),
    "before": ("recipes: 2", "recipes: 2\nbefore: [{recipes: 1}]"),
    "too many": ("recipes: 2", "recipes: 2\nbefore: [{recipes: 3, sizes: {}, request: {}}]"),
    "control": ("format: yaml", 'format: "ya\\e[31mml"'),
    "merge": ("format: yaml", "<<: *b"),
}


@pytest.mark.parametrize("option", ["--resume", "--extend"])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_sweep_file_is_told_in_one_line(recipe, tmp_path, name, option):
    asked = ("sweep", *FIRST, "--dir", "there")
    assert recipe(*asked).status == 0
    old, new = ODD[name]
    text = (tmp_path / SWEEP).read_text()
    assert old in text
    (tmp_path / SWEEP).write_text(text.replace(old, new, 1))
    before = content(tmp_path)
    began = time.process_time()
    ran = recipe(*asked, option)
    assert time.process_time() - began < 5
    assert ran.status == 2
    assert content(tmp_path) == before
    (line,) = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert "there" in line
    assert line.isprintable()
    assert len(line) < 300


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("recipes: 2", "recipes: -2", "recipes has to be a number of recipes, or a size in bytes"),
        ("recipes: 2", "recipes: 2\nrecipe: 1", "no field is called recipe"),
        ("recipes: 2", "recipes: 2\nbefore: [{recipes: 1}]", "before.0 has no request"),
        ("recipes: 2", "recipes: 2\nbefore:", "before has to be a list"),
        ("  format: yaml", "  form: yaml", "request has no format"),
        ("recipes: 2", "recipes: 2\ndigest: x", "digest is not that of before"),
    ],
)
def test_what_is_wrong_in_a_sweep_file_is_told_with_its_line(recipe, tmp_path, old, new, reason):
    asked = ("sweep", *FIRST, "--dir", "there")
    assert recipe(*asked).status == 0
    text = (tmp_path / SWEEP).read_text()
    (tmp_path / SWEEP).write_text(text.replace(old, new, 1))
    ran = recipe(*asked, "--resume")
    assert ran.status == 2
    assert "there/sweep.yaml is not what a sweep wrote: " in ran.err
    assert reason in ran.err
    assert "line " in ran.err or "digest" in new


def test_a_long_request_that_was_another_is_told_in_short(recipe, tmp_path):
    asked = ("sweep", *FIRST, "--dir", "there")
    assert recipe(*asked).status == 0
    text = (tmp_path / SWEEP).read_text()
    more = "".join(f"  x{at}: {'y' * 10_000}\n" for at in range(100))
    (tmp_path / SWEEP).write_text(text.replace("request:\n", f"request:\n{more}"))
    ran = recipe(*asked, "--resume")
    assert ran.status == 2
    assert len(ran.err) < 3000
    assert "x0 was yyyy" in ran.err


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * 5_000_000, b"a: \x00", b"- 1\n---\n- 2\n"])
def test_a_sweep_file_that_is_none_is_told(recipe, tmp_path, data):
    asked = ("sweep", *FIRST, "--dir", "there")
    assert recipe(*asked).status == 0
    (tmp_path / SWEEP).write_bytes(data)
    ran = recipe(*asked, "--resume")
    assert ran.status == 2
    assert "sweep.yaml is not what a sweep wrote" in ran.err


def test_a_sweep_of_another_version_is_refused_by_version(recipe, tmp_path):
    asked = ("sweep", *FIRST, "--dir", "there")
    assert recipe(*asked).status == 0
    text = (tmp_path / SWEEP).read_text()
    own = text.partition('hydra-recipes: "')[2].partition('"')[0]
    (tmp_path / SWEEP).write_text(text.replace(f'"{own}"', '"0.0.3"'))
    assert f"hydra-recipes was 0.0.3, is {own}" in recipe(*asked, "--resume").err
    (tmp_path / SWEEP).write_text('request: {axes: 3}\nversions: {hydra-recipes: "0.0.3"}\n')
    for option in ("--resume", "--extend"):
        ran = recipe(*asked, option)
        assert ran.status == 2
        assert "was written by hydra-recipes 0.0.3, and this is" in ran.err


def test_a_sweep_without_what_later_versions_note_is_understood(recipe, tmp_path):
    asked = ("sweep", *FIRST, "--dir", "there", "--format", "jsonl")
    assert recipe(*asked).status == 0
    wanted = content(tmp_path)
    text = (tmp_path / SWEEP).read_text()
    (tmp_path / SWEEP).write_text(text.partition("digests:")[0])
    kept = (tmp_path / SWEEP).read_text()
    assert recipe(*asked, "--resume").status == 0
    assert content(tmp_path) == wanted
    (tmp_path / SWEEP).write_text(kept)
    assert recipe("sweep", *MORE, *asked[2:], "--extend").status == 0
    (tmp_path / "there" / "recipes.jsonl").write_bytes(wanted["there/recipes.jsonl"])
    assert recipe("sweep", *MORE, *asked[2:], "--resume").status == 0
    assert len((tmp_path / "there" / "recipes.jsonl").read_text().splitlines()) == 3


def test_what_forbids_points_never_makes_a_sweep_file_that_cannot_be_read(recipe, tmp_path):
    wide = ("run.replicas=2,4", "warmup_steps=range(1,3)", "max_epochs=range(1,9000)")
    assert recipe("sweep", *wide, "--dir", "there").status == 0
    ran = recipe("sweep", *wide, "--dir", "there", "--resume", "--json")
    assert ran.status == 0
    assert json.loads(ran.out)["written"] == 0


@pytest.mark.parametrize(
    "line", [b"7\n", b"{}\n", b"[" * 100_000 + b"\n", b'{"index":' + b"9" * 5000]
)
def test_a_manifest_line_of_any_kind_is_refused(tmp_path, line):
    root = tmp_path / "there"
    whole = extended(root, "jsonl")
    lines = whole["manifest.jsonl"].splitlines(keepends=True)
    for at in range(3):
        changed = [*lines[:at], line.rstrip(b"\n") + b"\n", *lines[at + 1 :]]
        (root / "manifest.jsonl").write_bytes(b"".join(changed))
        before = content(root)
        assert f"line {at + 1}," in str(resumed(root, "jsonl"))
        assert content(root) == before


@pytest.mark.parametrize("file", ["../../secret.yaml", "/etc/passwd", "recipes/../../secret.yaml"])
def test_no_manifest_line_leads_out_of_the_directory(tmp_path, file):
    root = tmp_path / "there"
    extended(root, "yaml")
    (tmp_path / "secret.yaml").write_text("# recipe compose lr=1e-05\n")
    first, *others = (root / "manifest.jsonl").read_text().splitlines()
    changed = json.dumps({**json.loads(first), "file": file}, separators=(",", ":"))
    (root / "manifest.jsonl").write_text("\n".join([changed, *others, ""]))
    assert "manifest.jsonl, line 1," in str(resumed(root, "yaml"))


def test_a_pipe_in_place_of_the_sweep_file_does_not_hang(recipe, tmp_path):
    asked = ("sweep", *FIRST, "--dir", "there")
    assert recipe(*asked).status == 0
    (tmp_path / SWEEP).unlink()
    os.mkfifo(tmp_path / SWEEP)
    ran = recipe(*asked, "--resume")
    assert ran.status == 2
    assert "sweep.yaml: it is not a regular file" in ran.err
    shutil.rmtree(tmp_path / "there")
