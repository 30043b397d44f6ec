"""The cache of rules: it says what reading says or nothing, and nothing fails because of it."""

import os
import re
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, Library, builtin
from hydra_recipes.rules import book as loading
from hydra_recipes.rules import cache, file
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.kept import SLOTS, VARIABLE

EVERYTHING = """\
families: {ours: {when: {method: ours}, model: acme.models:Ours}}
groups: {stage: {about: Which stage., derived: true}}
offers: [{model: [ours, theirs], peft: lora}]
limits:
  most: {when: {model: ours}, keys: {replicas: {maximum: 8}, lr: false}, because: So.}
  there: {required: [name], severity: warning, because: So.}
  tells: {when: {peft: lora}, identifies: peft, keys: {scheme: {const: lora}}, because: So.}
rules:
  both: {require: lr < 1, schema: {properties: {lr: {maximum: 1}}}, message: m, because: b, hint: h}
off: {min-lr: We know better.}
shadows: [model/nova-lite]
moved: {model/old: model/ours}
"""


class Surroundings:
    """A cache directory and a library of one rules file, each read as by a process of its own."""

    def __init__(self, monkeypatch, directory):
        self.monkeypatch = monkeypatch
        self.directory = directory
        self.rules = directory / "team" / "rules" / "ours.yaml"
        self.rules.parent.mkdir(parents=True)
        self.shelf = Libraries((Library("team", directory / "team"), builtin()))
        monkeypatch.setenv(VARIABLE, str(directory / "kept"))

    def read(self, text=None, *, kept=None):
        """What the rules say; ``kept`` says that it has to come from the cache, or must not."""
        if text is not None:
            self.rules.write_text(text, encoding="utf-8")
        loading._read.cache_clear()
        loading._settled.cache_clear()
        read = []
        with self.monkeypatch.context() as patch:
            patch.setattr(file, "read_rules", lambda *told: read.append(told) or READ(*told))
            found = loading._read(loading._stamps(self.shelf))
        assert kept is None or kept == (not read)
        return repr(found)

    def files(self):
        return sorted((self.directory / "kept").iterdir())


READ = file.read_rules


@pytest.fixture
def around(monkeypatch, tmp_path):
    yield Surroundings(monkeypatch, tmp_path)
    loading._read.cache_clear()
    loading._settled.cache_clear()


def test_what_is_kept_is_what_was_read(around):
    read = around.read(EVERYTHING, kept=False)
    assert around.read(kept=True) == read
    assert set(loading._read(loading._stamps(around.shelf))) == set(file.SECTIONS)
    assert all(loading._read(loading._stamps(around.shelf)).values())
    book = rule_book(around.shelf)
    assert [one.by.library for one in book.off] == ["team"]
    assert book.limits[0].when.matches({"model": ("ours",)})


@pytest.mark.parametrize("edit", ["length", "same length", "same length and time"])
def test_an_edit_is_noticed(around, edit):
    around.read("limits: {a: {keys: {lr: {maximum: 1}}, because: So.}}", kept=False)
    before = around.rules.stat()
    bound = "2.5" if edit == "length" else "2"
    around.rules.write_text(f"limits: {{a: {{keys: {{lr: {{maximum: {bound}}}}}, because: So.}}}}")
    if edit.endswith("time"):
        os.utime(around.rules, ns=(before.st_atime_ns, before.st_mtime_ns))
    read = around.read(kept=False)
    assert "'maximum': 2" in read
    assert around.read(kept=True) == read


def test_a_file_that_comes_or_goes_is_noticed(around):
    alone = around.read(EVERYTHING)
    other = around.rules.with_name("more.yaml")
    other.write_text("limits: {more: {keys: {lr: {maximum: 1}}, because: So.}}")
    assert around.read(kept=False) != alone
    other.unlink()
    assert around.read() == alone


def test_what_was_edited_while_it_was_read_is_not_kept(around, monkeypatch):
    def edited(*told):
        READ(*told)
        around.rules.write_text("limits: {}")

    around.rules.write_text(EVERYTHING)
    with monkeypatch.context() as patch:
        patch.setattr(file, "read_rules", edited)
        loading._read.cache_clear()
        loading._read(loading._stamps(around.shelf))
    assert not around.directory.joinpath("kept").exists()


def test_another_version_of_what_reads_does_not_use_it(around, monkeypatch, tmp_path):
    code = tmp_path / "reader.py"
    code.write_text("")
    monkeypatch.setattr(cache, "_READERS", (str(code),))
    around.read(EVERYTHING, kept=False)
    around.read(kept=True)
    os.utime(code, (1, 1))
    around.read(kept=False)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(categories=["L", "N", "P", "Zs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab") | st.integers() | st.booleans(), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(values)
def test_any_value_comes_back_as_it_was(value):
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as name:
        around = Surroundings(monkeypatch, Path(name))
        entry = {"keys": {"lr": {"const": value}}, "because": "So."}
        text = yaml.safe_dump({"limits": {"a": entry}}, allow_unicode=True)
        try:
            read = around.read(text, kept=False)
        except LibraryError:
            return
        assert around.read(kept=True) == read


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"i\x01", b"(\x02\x00", b"N", b"[\x00\x00\x00\x00"]
)
def test_what_is_no_cache_is_read_over(around, content):
    read = around.read(EVERYTHING)
    (kept,) = around.files()
    whole = kept.read_bytes()
    damaged = [whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :] for at in (0, 99, 4000)]
    for broken in (content, whole[: len(whole) // 2], whole[:-1], *damaged):
        kept.write_bytes(broken)
        assert around.read(kept=False) == read
        assert around.read(kept=True) == read


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes with names here")
def test_a_pipe_in_its_place_is_not_waited_for(around):
    read = around.read(EVERYTHING)
    (kept,) = around.files()
    kept.unlink()
    os.mkfifo(kept)
    assert around.read(kept=False) == read


@pytest.mark.skipif(os.name != "posix", reason="files have no owners here")
def test_it_is_its_owners_alone(around):
    around.read(EVERYTHING)
    (kept,) = around.files()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_kept_where_nothing_can_be(around, monkeypatch):
    (around.directory / "kept").write_text("a file")
    read = around.read(EVERYTHING, kept=False)
    assert around.read(kept=False) == read
    monkeypatch.setenv(VARIABLE, "")
    assert around.read(kept=False) == read
    assert {one.name for one in around.directory.iterdir()} == {"kept", "team"}


def test_it_stands_in_the_users_cache(around, monkeypatch):
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(around.directory / "caches"))
    around.read(EVERYTHING, kept=False)
    around.read(kept=True)
    (kept,) = (around.directory / "caches" / "hydra-recipes").iterdir()
    assert re.fullmatch(rf"rules-\d\d\.{sys.implementation.cache_tag}", kept.name)
    monkeypatch.setenv("XDG_CACHE_HOME", "caches")  # which has to be absolute
    around.read(kept=False)


def test_there_are_never_many(around):
    for number in range(SLOTS + 8):
        around.rules = around.rules.with_name(f"{'x' * (number + 1)}.yaml")
        around.read(EVERYTHING)
        around.rules.unlink()
    assert 2 < len(around.files()) <= SLOTS


def test_an_error_is_told_each_time(around):
    for _ in range(2):
        with pytest.raises(LibraryError) as caught:
            around.read("limits: {a: {because: So., keys: {lr: {maximun: 1}}}}")
        assert caught.value.origin.line == 1
    assert not (around.directory / "kept").exists()
