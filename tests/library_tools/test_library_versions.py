"""Versions of a library: as it is, as a package, and as git had it; nothing is touched."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import builtin
from hydra_recipes.library_tools.diff.versions import versions
from support.team_libraries import ACME, marked, on_path, write_library, write_package

pytestmark = pytest.mark.quick

LITE = "model/acme-lite.yaml"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def repository(place):
    """A repository of two libraries, with a tag, a branch, and changes nobody committed."""
    git("init", "-q", "-b", "main")
    write_library(place / "acme" / "conf", ACME)
    write_library(place / "other" / "conf", marked("other"))
    (place / "acme" / "README.md").write_text("Not read.\n")
    commit("first")
    git("tag", "-a", "v1", "-m", "the first")
    edit("replicas: 8", "replicas: 16")
    commit("second")
    git("branch", "team/second")
    edit("replicas: 16", "replicas: 32")
    return place


def git(*words):
    who = [
        "-c",
        "user.name=Acme",
        "-c",
        "user.email=acme@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    command = ["git", *who, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(message):
    git("add", "-A")
    git("commit", "-q", "-m", message)


def edit(old, new):
    file = Path("acme/conf", LITE)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def lite(word, other="nova"):
    """What a version has in a file."""
    with versions(other, word) as (_, version):
        return (version.library.root / LITE).read_text()


def refused(*words):
    with pytest.raises(LibraryError) as caught, versions(*words):
        pass
    return caught.value


@pytest.mark.parametrize(
    ("word", "replicas"),
    [
        ("acme", 32),
        ("acme@HEAD", 16),
        ("acme@main", 16),
        ("acme@team/second", 16),
        ("acme@v1", 8),
        ("acme@HEAD~1", 8),
        ("acme@HEAD@{0}", 16),
        ("./acme/@v1", 8),
        ("acme/conf@v1", 8),
    ],
)
def test_a_revision_is_read_with_git(repository, word, replicas):
    assert f"replicas: {replicas}\n" in lite(word)


def test_no_checkout_is_touched_and_nothing_is_left(repository):
    before = state()
    with versions("acme@v1", "acme@main") as pair:
        roots = [one.library.root for one in pair]
        assert all(str(repository) not in str(root) for root in roots)
        assert [one.library.name for one in pair] == ["acme", "acme"]
        assert not list(roots[0].parent.rglob("README.md"))
    assert not any(root.exists() for root in roots)
    assert state() == before


def state():
    """What a checkout looks like, to git and on disk."""
    files = [file for file in Path().rglob("*") if ".git" not in file.parts]
    times = sorted((str(file), file.stat().st_mtime_ns) for file in files)
    return git("status", "--porcelain"), git("rev-parse", "HEAD"), git("branch"), times


def test_a_revision_of_a_library_in_force_and_of_a_package_by_its_name(repository, monkeypatch):
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", str(repository / "acme"))
    (repository / "elsewhere").mkdir()
    monkeypatch.chdir(repository / "elsewhere")
    assert "replicas: 8\n" in lite("acme@v1")
    monkeypatch.delenv("HYDRA_RECIPES_LIBRARIES")
    package = repository / "src" / "acme_recipes"
    shutil.copytree(repository / "acme" / "conf", package / "conf")
    (package / "__init__.py").touch()
    monkeypatch.chdir(repository)
    commit("a package")
    on_path(monkeypatch, repository / "src")
    with versions("acme-recipes@main", "acme-recipes") as (old, new):
        assert (old.library.name, new.library.name) == ("acme-recipes", "acme-recipes")
        assert "replicas: 32\n" in (old.library.root / LITE).read_text()


def test_what_git_sets_for_its_hooks_does_not_lead_elsewhere(
    repository, monkeypatch, tmp_path_factory
):
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["git", "init", "-q"], cwd=other, check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert "replicas: 8\n" in lite("acme@v1")


def test_a_directory_with_an_at_in_its_name_is_a_directory(place):
    write_library(place / "acme@main" / "conf", ACME)
    assert lite("acme@main") == ACME["model/acme-lite"]


def test_versions_of_packages_and_of_the_built_in_library(place, monkeypatch):
    write_package(place / "site", "acme_recipes", ACME, "acme-recipes")
    on_path(monkeypatch, place / "site")
    with versions("acme-recipes", "acme_recipes") as (old, new):
        assert old.library.root == new.library.root
    copy = shutil.copytree(builtin().root, place / "copied" / "conf")
    for words in (("nova", str(copy)), (str(copy), "nova"), (str(copy), str(builtin().root))):
        with versions(*words) as pair:
            assert [one.library.name for one in pair] == ["nova", "nova"]


def without_git(place, monkeypatch):
    monkeypatch.setenv("PATH", str(place))
    return "acme@main"


def outside(place, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(place))
    write_library(place / "plain" / "conf", ACME)
    shutil.rmtree(place / ".git")
    return "plain@main"


def later(place, monkeypatch):
    write_library(place / "later" / "conf", ACME)
    return "later@v1"


def emptied(place, monkeypatch):
    for file in (place / "other" / "conf").rglob("*.yaml"):
        file.unlink()
    (place / "other" / "README.md").touch()
    commit("emptied")
    write_library(place / "other" / "conf", marked("other"))
    return "other@main"


def leading_out(place, monkeypatch):
    (place / "acme" / "conf" / "model" / "out.yaml").symlink_to("/etc/hostname")
    commit("a link")
    return "acme@main"


def word(text):
    return lambda *_: text


BAD = {
    "no git": without_git,
    "no repository": outside,
    "unknown revision": word("acme@v2"),
    "a file of a revision": word("acme@main:acme"),
    "an option": word("acme@--output=written"),
    "a short option": word("acme@-v"),
    "no revision": word("acme@"),
    "no directory": word("@main"),
    "an unprintable revision": word("acme@ma\nin"),
    "a directory that came later": later,
    "no library in it then": emptied,
    "a library that is nowhere": word("nowhere@main"),
    "a link that leads out of it": leading_out,
    "no library at all": word("nowhere"),
}


def test_each_version_that_cannot_be_had_is_told_in_one_line(
    repository, recipe, golden, monkeypatch
):
    told = []
    for name, make in BAD.items():
        with pytest.MonkeyPatch.context() as patch:
            moved = repository / "moved"
            if name == "no repository":
                shutil.copytree(repository, moved, symlinks=True)
                patch.chdir(moved)
            asked = make(moved if name == "no repository" else repository, patch)
            ran = recipe("library", "diff", asked, "nova")
        assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1), name
        text = ran.err.replace(str(repository), "PLACE")
        told.append(f"== {name}\n{text}")
    golden("library/versions.txt", scrubbed("\n".join(told)))
    assert not (repository / "written").exists()


def scrubbed(text):
    """The text without the name of a directory for a moment, and without git's own words."""
    text = re.sub(r"\S*/recipe-\w+/\d/", "SCRATCH/", text)
    return re.sub(r"\(or any.*", "(…)", text)


def test_a_file_of_a_revision_that_is_broken_is_told_with_its_place(repository, recipe):
    Path("acme/conf/rules/acme.yaml").write_text("limits: [\n")
    commit("broken")
    ran = recipe("library", "diff", "acme@main", "acme@v1")
    assert (ran.status, ran.out) == (2, "")
    assert "acme@main/conf/rules/acme.yaml:" in ran.err
    assert ran.err.startswith(os.sep)


def test_a_link_inside_the_library_is_followed(repository):
    Path("acme/conf/model/linked.yaml").symlink_to("acme-lite.yaml")
    commit("a link")
    with versions("acme@main", "nova") as (version, _):
        text = (version.library.root / "model" / "linked.yaml").read_text()
    assert "replicas: 32" in text


def test_two_formats_at_once_are_refused(place, recipe):
    ran = recipe("library", "diff", "nova", "nova", "--json", "--format", "markdown")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "contradict" in ran.err
