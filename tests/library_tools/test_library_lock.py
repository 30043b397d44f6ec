"""The lock: what it says, what it refuses, and that a recipe comes out the same from it."""

import json
import re
import shlex
import shutil
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes import __version__
from hydra_recipes.documents.header import command_in
from hydra_recipes.library.model import builtin
from hydra_recipes.library_tools.lock import (
    NAME,
    Lock,
    Locked,
    differences_between,
    lock_file,
    lock_of,
    read_lock,
)
from hydra_recipes.sources.active import active_libraries
from support.team_libraries import ACME, marked, on_path, write_library, write_package

BOT = ("+preset=acme/support_bot", "platform=training-job")


@pytest.fixture
def project(tmp_path):
    """A project with a library, which its pyproject.toml names."""
    return write_project(tmp_path)


def write_project(root):
    write_library(root / "acme" / "conf", ACME)
    (root / "acme" / "pyproject.toml").write_text("[project]\nversion = '1.2.3'\n")
    (root / "pyproject.toml").write_text("[tool.hydra-recipes]\nlibraries = ['acme']\n")
    return root


@pytest.fixture
def locked(project, recipe):
    assert recipe("library", "lock").status == 0
    return project


def edit(project, old="s3://acme/", new="s3://other/", name="rules/acme"):
    file = project / "acme" / "conf" / f"{name}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def first_line(text):
    return text.split("\n", 1)[0]


def test_the_lock_says_each_library_with_version_source_and_files(locked):
    text = (locked / NAME).read_text()
    acme, nova = tomllib.loads(text)["library"]
    assert (acme["name"], acme["version"]) == ("acme", "1.2.3")
    assert acme["source"] == {"directory": "acme/conf"}
    assert list(acme["files"]) == sorted(f"{name}.yaml" for name in ACME)
    assert (nova["name"], nova["version"]) == ("nova", __version__)
    assert nova["source"] == {"package": "hydra_recipes"}
    assert nova["files"] == builtin().digests()
    assert str(locked) not in text
    assert str(builtin().root) not in text


def test_a_package_is_told_by_its_name(tmp_path, monkeypatch, recipe):
    write_package(tmp_path / "site", "acme_recipes", ACME, "acme-recipes")
    on_path(monkeypatch, tmp_path / "site")
    assert recipe("library", "lock").status == 0
    acme = tomllib.loads((tmp_path / NAME).read_text())["library"][0]
    assert (acme["version"], acme["source"]) == ("1.2.3", {"package": "acme_recipes"})


def test_the_lock_stands_beside_the_nearest_pyproject(locked, monkeypatch, recipe):
    below = locked / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert lock_file().resolve() == locked / NAME
    assert recipe("compose", *BOT, "--locked").status == 0
    assert recipe("library", "lock").err.startswith(f"../../{NAME} is up to date: acme 1.2.3 and ")
    assert not list(below.iterdir())


def test_without_a_pyproject_it_stands_here(tmp_path, recipe):
    assert recipe("library", "lock").err.startswith(f"wrote {NAME}: nova {__version__}; lock ")
    assert (tmp_path / NAME).is_file()


def test_a_recipe_comes_out_the_same_byte_for_byte_from_the_same_lock(locked, recipe, monkeypatch):
    ran = recipe("compose", *BOT, "--locked", "--annotate", "-o", "bot.yaml")
    assert ran.status == 0
    text = (locked / "bot.yaml").read_text()
    digest = read_lock(lock_file()).digest
    assert first_line(text) == f"# recipe compose --annotate --lock {digest} {' '.join(BOT)}"
    words = shlex.split(first_line(text).removeprefix("# recipe "))
    elsewhere = locked / "elsewhere"
    shutil.copytree(locked / "acme", elsewhere / "acme")
    for name in (NAME, "pyproject.toml"):
        shutil.copy(locked / name, elsewhere)
    monkeypatch.chdir(elsewhere)
    assert recipe(*words).out == text
    monkeypatch.chdir(locked)
    edit(locked)
    assert recipe(*words).status == 2
    assert recipe("library", "lock").status == 0
    ran = recipe(*words)
    assert (ran.status, ran.out) == (2, "")
    assert f"and not {digest}" in ran.err
    edit(locked, "s3://other/", "s3://acme/")
    assert recipe("library", "lock").status == 0
    assert recipe(*words).out == text


def test_the_first_line_is_understood_wherever_it_is_read(locked, recipe):
    assert recipe("compose", *BOT, "--locked", "-o", "bot.yaml").status == 0
    assert command_in((locked / "bot.yaml").read_text()).overrides == BOT
    assert recipe("check", "bot.yaml").out.endswith("bot.yaml: valid\n")
    explained = recipe("explain", "run.name", "bot.yaml")
    assert "acme:preset/acme/support_bot.yaml" in explained.out
    assert explained.err == ""
    assert recipe("import", "bot.yaml").out.strip() == f"recipe compose {' '.join(BOT)}"


def test_an_empty_digest_is_a_variable_that_is_not_set(locked, recipe):
    ran = recipe("compose", *BOT, "--lock", "")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "--lock names no lock" in ran.err


@pytest.mark.parametrize("words", [("check",), ("check", "made"), ("explain", "lr")])
def test_a_recipe_that_was_composed_from_another_lock_is_refused(locked, recipe, words):
    (locked / "made").mkdir()
    assert recipe("compose", *BOT, "-o", "made/bot.yaml", "--locked").status == 0
    assert recipe("compose", *BOT, "-o", "made/plain.yaml").status == 0
    words = words if "made" in words else (*words, "made/bot.yaml")
    assert recipe(*words, "--locked").status == 0
    edit(locked)
    old = read_lock(lock_file()).digest
    assert recipe("library", "lock").status == 0
    new = read_lock(lock_file()).digest
    ran = recipe(*words, "--locked")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert f"bot.yaml was composed from the lock {old}, and that of now is {new}" in ran.err
    assert ("plain.yaml: valid" in ran.out) == ("made" in words)
    assert recipe(*words).status == 0


COMMANDS = {
    "compose": BOT,
    "check": BOT,
    "check a file": ("bot.yaml",),
    "explain": ("lr", *BOT),
    "diff": ("bot.yaml", "bot.yaml"),
    "import": ("bot.yaml",),
    "sweep": ("+sweep=acme/look", "--plan"),
    "list": (),
    "schema": (),
    "library list": (),
    "library lock": (),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_refuses_what_is_not_as_the_lock_says(locked, recipe, name):
    assert recipe("compose", *BOT, "-o", "bot.yaml").status == 0
    words = (*name.removesuffix(" a file").split(), *COMMANDS[name], "--locked")
    ran = recipe(*words)
    assert ran.status == 0
    if name != "compose":  # whose first line says more
        assert ran.out == recipe(*words[:-1]).out
    edit(locked)
    ran = recipe(*words)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f"acme/conf/rules/acme.yaml has changed since {NAME} was written" in ran.err
    assert "recipe library lock" in ran.err


def rewritten(*changed):
    """The lock with texts replaced."""

    def make(project):
        text = (project / NAME).read_text()
        for old, new in changed:
            assert old in text
            text = text.replace(old, new)
        (project / NAME).write_text(text)

    return make


def listed(*words):
    """Other libraries in pyproject.toml."""
    text = f"[tool.hydra-recipes]\nlibraries = {list(words)}\n"
    return lambda project: (project / "pyproject.toml").write_text(text)


def one_more(*order):
    """Another library, in an order."""

    def make(project):
        write_library(project / "other" / "conf", marked("other"))
        listed(*order)(project)

    return make


def in_other_order(project):
    one_more("acme", "other")(project)
    lock = lock_of(active_libraries(), project)
    (project / NAME).write_text(lock.to_toml())
    listed("other", "acme")(project)


def two_changes(project):
    edit(project)
    edit(project, "replicas: 8", "replicas: 4", "model/acme-lite")


def renamed(project):
    folder = project / "acme" / "conf" / "model"
    (folder / "acme-lite.yaml").rename(folder / "acme-small.yaml")


def one_more_file(project):
    write_library(project / "acme" / "conf", {"model/acme-small": ACME["model/acme-lite"]})


def other_version(project):
    (project / "acme" / "pyproject.toml").write_text("[project]\nversion = '1.3.0'\n")


def no_version(project):
    (project / "acme" / "pyproject.toml").unlink()


def package_gone(project):
    rewritten(('directory = "acme/conf"', 'package = "acme_recipes"'))(project)
    listed()(project)


def written(data):
    return lambda project: (project / NAME).write_bytes(data)


def a_directory(project):
    (project / NAME).unlink()
    (project / NAME).mkdir()


DIFFERENT = {
    "a file has changed": edit,
    "two files have changed": two_changes,
    "a file is new": one_more_file,
    "a file has another name": renamed,
    "another version": other_version,
    "no version any more": no_version,
    "a version now": rewritten(('version = "1.2.3"\n', "")),
    "a directory is gone": listed(),
    "a package is gone": package_gone,
    "a library is new": one_more("acme", "other"),
    "another order": in_other_order,
    "no lock": lambda project: (project / NAME).unlink(),
    "a later format": rewritten(("format = 1", "format = 2")),
    "a conflict of git's": written(b"<<<<<<< HEAD\nformat = 1\n"),
    "no format": written(b"[[library]]\nname = 'acme'\n"),
    "a format that is no number": written(b"format = true\n"),
    "a bomb": written(b"format = 1\nlibrary = " + b"[" * 9000),
    "no libraries": written(b"format = 1\n"),
    "a library without a source": written(b"format = 1\n[[library]]\nname = 'acme'\n"),
    "an unknown field": written(b"format = 1\nlibraries = []\n[[library]]\nname = 'acme'\n"),
    "an unknown source": rewritten(("{ directory =", "{ folder =")),
    "not text": written(b"\xff\xfe"),
    "a directory": a_directory,
}


def test_each_difference_is_told_in_one_line_with_what_to_type(project, recipe, golden):
    told = []
    for name, make in DIFFERENT.items():
        assert recipe("library", "lock", "--force").status == 0, name
        assert recipe("compose", *BOT, "--locked").status == 0, name
        make(project)
        ran = recipe("compose", *BOT, "--locked")
        assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1), name
        text = ran.err.replace(str(project), "PROJECT").replace(__version__, "VERSION")
        told.append(f"== {name}\n{text}")
        if (project / NAME).is_dir():
            (project / NAME).rmdir()
        shutil.rmtree(project / "acme")
        write_project(project)
    golden("library/lock-refused.txt", "\n".join(told))


def test_a_lock_is_brought_up_to_date_and_what_changed_is_told(locked, recipe, golden):
    two_changes(locked)
    other_version(locked)
    renamed(locked)
    one_more("other", "acme")(locked)
    old = read_lock(lock_file())
    ran = recipe("library", "lock", "--json")
    data = json.loads(ran.out)
    assert (data["file"], data["digest"]) == (NAME, read_lock(lock_file()).digest)
    assert [one["name"] for one in data["libraries"]] == ["other", "acme", "nova"]
    found = differences_between(old, read_lock(lock_file()))
    assert data["changes"] == [one.as_json() for one in found]
    (locked / NAME).write_text(old.to_toml())
    told = [recipe("library", "lock").err]
    listed("acme")(locked)
    told.append(recipe("library", "lock").err)
    in_other_order(locked)
    told.append(recipe("library", "lock").err)
    text = "\n".join(told).replace(__version__, "VERSION")
    golden("library/lock-changed.txt", re.sub(r"lock [0-9a-f]{16}", "lock DIGEST", text))


def test_a_lock_that_is_up_to_date_stays_as_it_is(locked, recipe):
    with (locked / NAME).open("a") as stream:
        stream.write("# A comment of ours.\n")
    text = (locked / NAME).read_text()
    assert recipe("library", "lock").status == 0
    assert (locked / NAME).read_text() == text


def test_a_lock_that_cannot_be_read_is_overwritten_by_force_only(locked, recipe):
    text = (locked / NAME).read_text()
    for broken in ("<<<<<<< HEAD\n", text.replace("format = 1", "format = 2")):
        (locked / NAME).write_text(broken)
        ran = recipe("library", "lock")
        assert (ran.status, (locked / NAME).read_text()) == (2, broken)
        assert recipe("library", "lock", "--force").status == 0
        assert (locked / NAME).read_text() == text


def test_the_module_of_a_family_is_locked_and_not_run(locked, recipe, monkeypatch):
    package = locked / "site" / "acme_shapes"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('this is run')\n")
    (package / "probe.py").write_text("# the model\n")
    (package / "base.py").write_text("# what it builds on\n")
    monkeypatch.syspath_prepend(package.parent)
    model = "{when: {method: probe}, model: 'acme_shapes.probe:Probe'}"
    write_library(locked / "acme" / "conf", {"rules/shapes": f"families: {{probe: {model}}}\n"})
    assert recipe("library", "lock").status == 0
    assert '"acme_shapes/probe.py" = "sha256:' in (locked / NAME).read_text()
    assert recipe("compose", "--locked", *BOT).status == 0
    (package / "probe.py").write_text("# another model\n")
    ran = recipe("compose", "--locked", *BOT)
    assert (ran.status, ran.out) == (2, "")
    assert f"{package / 'probe.py'} has changed since recipes.lock was written" in ran.err
    (package / "probe.py").write_text("# the model\n")
    (package / "base.py").write_text("# something else\n")
    ran = recipe("compose", "--locked", *BOT)
    assert f"{package / 'base.py'} has changed since recipes.lock was written" in ran.err


def test_where_a_library_stands_does_not_count(locked, recipe):
    (locked / "acme").rename(locked / "moved")
    (locked / "moved" / "acme").mkdir()
    for name in ("conf", "pyproject.toml"):
        (locked / "moved" / name).rename(locked / "moved" / "acme" / name)
    listed("moved/acme")(locked)
    assert recipe("compose", *BOT, "--locked").status == 0
    assert recipe("library", "lock").err.startswith(f"wrote {NAME}")
    assert "moved/acme/conf" in (locked / NAME).read_text()


def test_the_recipes_of_a_sweep_name_the_lock_too(locked, recipe):
    words = ("sweep", "+sweep=acme/look", "platform=training-job", "--dir", "out")
    assert recipe(*words, "--locked").status == 0
    lines = [first_line(file.read_text()) for file in (locked / "out" / "recipes").rglob("*.yaml")]
    digest = read_lock(lock_file()).digest
    assert len(lines) == 2
    for line in lines:
        assert line.startswith(f"# recipe compose --lock {digest} ")
        words_again = shlex.split(line.removeprefix("# recipe "))
        assert recipe(*words_again).out.startswith(f"{line}\n")
    assert recipe(*words, "--locked", "--resume").status == 0
    ran = recipe(*words, "--resume")
    assert ran.status == 2
    assert "lock" in ran.err


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_LOCKED = st.builds(
    Locked,
    name=_TEXTS,
    version=st.none() | _TEXTS,
    source=st.tuples(st.sampled_from(["package", "directory"]), _TEXTS),
    files=st.dictionaries(_TEXTS, _TEXTS, max_size=3),
)


@settings(max_examples=40)
@given(members=st.lists(_LOCKED, min_size=1, max_size=3))
def test_a_lock_is_read_back_as_it_was_written(tmp_path_factory, members):
    lock = Lock(tuple(members))
    file = tmp_path_factory.getbasetemp() / f"read-back-{NAME}"
    file.write_bytes(lock.to_toml().encode())
    again = read_lock(file)
    assert (again, again.digest) == (lock, lock.digest)
