"""Where libraries come from: each source, and which of them comes first."""

import hashlib
import importlib
import os
import shutil
import subprocess
import sys

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.files import digest_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Library, builtin
from hydra_recipes.sources.active import active_libraries, named_library, using
from support.team_libraries import ACME, marked, on_path, write_library, write_package

SOURCES = ("option", "environment", "pyproject", "installed", "built-in")


@pytest.fixture(autouse=True)
def in_a_place_of_its_own(tmp_path, monkeypatch):
    """An empty directory whose nearest pyproject.toml is its own, and packages that it can have."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "pyproject.toml").write_text("[project]\nname = 'place'\n")
    monkeypatch.chdir(place)
    monkeypatch.delenv("HYDRA_RECIPES_LIBRARIES", raising=False)
    (tmp_path / "site").mkdir()
    on_path(monkeypatch, tmp_path / "site")
    importlib.invalidate_caches()
    return place


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


@pytest.fixture
def listed(in_a_place_of_its_own):
    def write(*words):
        text = f"[tool.hydra-recipes]\nlibraries = {list(words)!r}\n"
        (in_a_place_of_its_own / "pyproject.toml").write_text(text)

    return write


def names(libraries=None):
    return [library.name for library in (libraries or active_libraries()).members]


def refused(kind, *named):
    with pytest.raises(LibraryError) as caught, using(named):
        pass
    assert caught.value.kind == kind
    return caught.value


def test_alone_there_is_the_built_in_library():
    assert active_libraries().members == (builtin(),)


def test_the_precedence(tmp_path, monkeypatch, site, listed):
    for name in ("first", "second", "third", "fourth"):
        write_library(tmp_path / name, marked(name))
    write_package(site, "fifth", marked("fifth"), "fifth")
    write_package(site, "sixth", marked("sixth"), "sixth")
    variable = os.pathsep.join([str(tmp_path / "third"), ""])
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", variable)
    listed("../fourth")
    order = ["first", "second", "third", "fourth", "fifth", "sixth", "nova"]
    with using([tmp_path / "first", str(tmp_path / "second")]) as libraries:
        assert names(libraries) == order
        sources = [library.source for library in libraries.members]
        assert list(dict.fromkeys(sources)) == list(SOURCES)
        for name in order[:-1]:
            assert compose([f"+preset={name}/own"])["run.name"] == name
        assert compose(["+preset=same"])["run.name"] == "first"
    assert names() == order[2:]
    assert compose(["+preset=same"])["run.name"] == "third"
    monkeypatch.delenv("HYDRA_RECIPES_LIBRARIES")
    assert compose(["+preset=same"])["run.name"] == "fourth"
    listed()
    assert compose(["+preset=same"])["run.name"] == "fifth"


def test_all_sources_count_in_every_command(recipe, tmp_path, monkeypatch, site):
    write_library(tmp_path / "acme", ACME)
    write_package(site, "other", marked("other"), "other")
    named = ("--library", "acme")
    assert recipe("compose", "+preset=acme/support_bot", *named).status == 0
    assert recipe("compose", "+preset=acme/support_bot").status == 2
    assert recipe("check", "data_s3_path=s3://else/x.jsonl", *named).status == 1
    assert recipe("check", "data_s3_path=s3://else/x.jsonl").status == 0
    assert recipe("sweep", "+sweep=acme/look", "--plan", *named).status == 0
    assert "acme-lite" in recipe("list", "model", *named).out
    assert "^(s3://acme" in recipe("schema", *named).out
    assert recipe("diff", "model=nova-lite,replicas=8", "model=acme-lite", *named).status == 0
    assert '"acme"' in recipe("explain", "replicas", "model=acme-lite", "--json", *named).out
    assert recipe("compose", "+preset=other/own").status == 0
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", str(tmp_path / "acme"))
    assert recipe("compose", "+preset=acme/support_bot").status == 0


def test_libraries_are_named_from_python_too(tmp_path):
    write_library(tmp_path / "acme", ACME)
    recipe = compose(["+preset=acme/support_bot"], libraries=[tmp_path / "acme"])
    assert recipe["run.name"] == "support-bot"
    outside = compose(["data_s3_path=s3://else/x.jsonl"], libraries=[tmp_path / "acme"])
    assert [f.rule for f in check(outside).findings if f.severity == "error"] == ["acme-bucket"]
    plain = compose(["data_s3_path=s3://else/x.jsonl"])
    assert check(plain).valid
    assert not check(plain, libraries=[tmp_path / "acme"]).valid
    assert not check(plain.resolved(), libraries=[tmp_path / "acme"]).valid
    assert len(plan(["+sweep=acme/look"], libraries=[str(tmp_path / "acme")])) == 2
    assert active_libraries().members == (builtin(),)


def test_what_a_plan_does_later_it_does_by_its_libraries(tmp_path):
    write_library(tmp_path / "acme", ACME)
    grid = plan(["model=acme-lite,nova-lite"], libraries=[tmp_path / "acme"])
    assert [recipe["run.replicas"] for recipe in grid.recipes()] == [8, 4]


def test_a_directory_holds_groups_or_has_a_conf(tmp_path):
    write_library(tmp_path / "groups", ACME)
    write_library(tmp_path / "project" / "conf", ACME)
    with using([tmp_path / "groups"]) as libraries:
        assert libraries.members[0].root == tmp_path / "groups"
    for named in ("project", "project/conf"):
        with using([tmp_path / named]) as libraries:
            assert names(libraries) == ["project", "nova"]
            assert libraries.members[0].root == tmp_path / "project" / "conf"


def test_a_package_is_found_by_its_name_and_never_imported(tmp_path, site):
    write_package(site, "acme_recipes", ACME)
    (site / "outer").mkdir()
    (site / "outer" / "__init__.py").write_text(f"open({str(site / 'ran')!r}, 'w').close()\n")
    write_package(site, "outer/inner", marked("inner"))
    with using(["acme_recipes", "outer.inner"]) as libraries:
        assert names(libraries) == ["acme-recipes", "outer.inner", "nova"]
        assert compose(["+preset=acme/support_bot", "model=acme-lite"])["run.replicas"] == 8
    assert not (site / "ran").exists()
    assert "acme_recipes" not in sys.modules


def test_an_installed_library_is_located_without_importing_its_package(site):
    write_package(site, "acme_recipes", ACME, "acme-recipes")
    assert names() == ["acme-recipes", "nova"]
    assert compose(["+preset=acme/support_bot"])["run.name"] == "support-bot"
    assert not (site / "ran").exists()


def test_a_package_installed_for_editing_has_its_conf_beside_the_source(tmp_path, monkeypatch):
    project = tmp_path / "acme-recipes"
    package = project / "src" / "acme_recipes"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (project / "pyproject.toml").touch()
    write_library(project / "conf", ACME)
    on_path(monkeypatch, project / "src")
    with using(["acme_recipes"]) as libraries:
        assert libraries.members[0].root == project / "conf"
    (project / "pyproject.toml").unlink()
    assert "no folder conf" in str(refused("not-a-library", "acme_recipes"))


def test_a_library_named_twice_is_there_once_and_first(tmp_path, monkeypatch):
    write_library(tmp_path / "acme", ACME)
    write_library(tmp_path / "other", marked("other"))
    named = [str(tmp_path / "other"), str(tmp_path / "acme"), str(builtin().root)]
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", os.pathsep.join(named))
    with using([tmp_path / "acme", "../acme"]) as libraries:
        assert names(libraries) == ["acme", "other", "nova"]


def test_two_libraries_of_one_name_are_refused(tmp_path):
    write_library(tmp_path / "acme-recipes", ACME)
    write_library(tmp_path / "other" / "acme_recipes", marked("other"))
    error = refused(
        "same-library-name", tmp_path / "acme-recipes", tmp_path / "other" / "acme_recipes"
    )
    assert str(tmp_path / "acme-recipes") in str(error)
    assert str(tmp_path / "other" / "acme_recipes") in str(error)


@pytest.mark.parametrize("word", ["nowhere", "no/where", "yaml.nowhere", "x y", "..nowhere"])
def test_a_library_that_is_not_there(word):
    assert word in str(refused("no-library", word))


@pytest.mark.parametrize("word", ["", " ", "file://"])
def test_a_variable_that_is_not_set_is_not_the_directory_here(word, tmp_path, monkeypatch):
    write_library(tmp_path, ACME)
    monkeypatch.chdir(tmp_path)
    assert "names nothing" in str(refused("not-a-library", word))


def test_directories_files_and_packages_without_a_library(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.yaml").touch()
    (tmp_path / "code" / "src").mkdir(parents=True)
    (tmp_path / "code" / "src" / "main.py").touch()
    for name in ("empty", "file.yaml", "code"):
        assert name in str(refused("not-a-library", tmp_path / name))
    assert "conf" in str(refused("not-a-library", "yaml"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_library_that_cannot_be_read(tmp_path):
    write_library(tmp_path / "acme" / "conf", ACME)
    (tmp_path / "acme" / "conf").chmod(0)
    assert "Permission denied" in str(refused("not-a-library", tmp_path / "acme"))


def test_an_installed_package_that_has_no_library_is_named(site):
    write_package(site, "acme_recipes", {}, "acme-recipes")
    with pytest.raises(LibraryError) as caught:
        active_libraries()
    assert "acme_recipes" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.hydra-recipes\n", "pyproject.toml"),
        ("[tool.hydra-recipes]\nlibraries = 'acme'\n", "list of texts"),
        ("[tool.hydra-recipes]\nlibraries = [1]\n", "list of texts"),
        ("[tool.hydra-recipes]\nlibrary = ['acme']\n", "did you mean libraries?"),
        ("[tool.hydra-recipes]\nlibraries = ['nowhere']\n", "nowhere"),
        (f"[tool.hydra-recipes]\nlibraries = {'[' * 9000}\n", "nests too deep"),
        (f"[tool.hydra-recipes]\n{'#' * 4_000_000}\n", "more than 4,000,000 bytes"),
    ],
)
def test_a_pyproject_that_makes_no_sense(in_a_place_of_its_own, text, said):
    (in_a_place_of_its_own / "pyproject.toml").write_text(text)
    with pytest.raises(LibraryError) as caught:
        active_libraries()
    assert said in str(caught.value)
    assert "pyproject.toml" in str(caught.value)


def test_the_nearest_pyproject_counts_and_its_directories_are_seen_from_it(
    in_a_place_of_its_own, tmp_path, monkeypatch, listed
):
    write_library(tmp_path / "acme", ACME)
    listed("../acme")
    below = in_a_place_of_its_own / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert names() == ["acme", "nova"]
    (below.parent / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    assert names() == ["nova"]


def test_a_broken_library_stops_a_command_in_one_line(recipe, monkeypatch):
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", "nowhere")
    ran = recipe("compose")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "nowhere (HYDRA_RECIPES_LIBRARIES)" in ran.err
    assert recipe("--help").status == 0


def test_looking_for_libraries_imports_no_more_than_it_needs():
    asks = "from hydra_recipes.sources.active import active_libraries; active_libraries()"
    code = f"import sys; {asks}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"hydra", "omegaconf", "pydantic", "yaml", "importlib.metadata", "tomllib", "click"}
    assert heavy & set(done.stdout.split()) == set()


def test_a_named_library_takes_the_place_of_one_that_is_merely_installed(tmp_path, site):
    write_package(site, "acme_recipes", ACME, "acme-recipes")
    write_library(tmp_path / "acme_recipes", {**ACME, "preset/acme/new": ACME["model/acme-lite"]})
    with using([tmp_path / "acme_recipes"]) as libraries:
        assert names(libraries) == ["acme-recipes", "nova"]
        assert libraries.members[0].root == tmp_path / "acme_recipes"
    assert active_libraries().members[0].root == site / "acme_recipes" / "conf"


def test_one_library_is_found_by_its_directory_its_name_or_its_package(
    tmp_path, monkeypatch, site, listed
):
    write_library(tmp_path / "team" / "conf", marked("team"))
    write_package(site, "acme_recipes", ACME, "acme-recipes")
    write_package(site, "other_recipes", marked("other"))
    listed("../team")
    roots = {
        "team": tmp_path / "team" / "conf",
        "../team": tmp_path / "team" / "conf",
        "acme-recipes": site / "acme_recipes" / "conf",
        "acme_recipes": site / "acme_recipes" / "conf",
        "other-recipes": site / "other_recipes" / "conf",
        "nova": builtin().root,
    }
    assert {word: named_library(word).root for word in roots} == roots
    with pytest.raises(LibraryError) as caught:
        named_library("nowhere")
    assert caught.value.kind == "no-library"
    (tmp_path / "place" / "nova").mkdir()
    with pytest.raises(LibraryError) as caught:  # a directory goes first
        named_library("nova")
    assert caught.value.kind == "not-a-library"


def test_a_library_that_was_found_is_put_in_force_in_place_of_its_other_versions(
    tmp_path, monkeypatch
):
    for version in ("old", "new"):
        write_library(
            tmp_path / version, {**ACME, "preset/acme/which": marked(version)["preset/same"]}
        )
    write_library(tmp_path / "other", marked("other"))
    monkeypatch.setenv(
        "HYDRA_RECIPES_LIBRARIES", os.pathsep.join([str(tmp_path / "new"), "../other"])
    )
    new = named_library("new")
    with using([Library("new", tmp_path / "old")]) as libraries:
        assert names(libraries) == ["new", "other", "nova"]
        assert compose(["+preset=acme/which"])["run.name"] == "old"
    with using([new]) as libraries:
        assert names(libraries) == ["new", "other", "nova"]
        assert compose(["+preset=acme/which"])["run.name"] == "new"
    copied = tmp_path / "copied"
    shutil.copytree(builtin().root, copied)
    with using([Library("nova", copied)]) as libraries:
        assert [(one.name, one.root) for one in libraries.members][-1] == ("nova", copied)
        assert len(libraries.members) == 3


def test_digests_tell_each_file_and_their_digest_the_library(tmp_path):
    library = Library("acme", write_library(tmp_path / "acme", ACME))
    before = library.digests()
    assert list(before) == sorted(f"{name}.yaml" for name in ACME)
    sums = {n: hashlib.sha256(ACME[n[:-5]].encode()).hexdigest() for n in before}
    assert before == {name: f"sha256:{digest}" for name, digest in sums.items()}
    assert digest_of(before) == library.digest()
    (tmp_path / "acme" / "README.md").write_text("No part of it.\n")
    assert library.digests() == before
    write_library(tmp_path / "acme", {"rules/acme": ACME["rules/acme"] + "\n"})
    after = library.digests()
    assert [name for name in after if after[name] != before[name]] == ["rules/acme.yaml"]
    assert library.digest() != digest_of(before)
    (tmp_path / "acme" / "rules" / "acme.yaml").rename(tmp_path / "acme" / "rules" / "team.yaml")
    assert library.digest() not in (digest_of(before), digest_of(after))


def test_the_first_line_of_a_recipe_names_the_libraries_that_were_named(recipe, tmp_path, site):
    write_library(tmp_path / "acme", ACME)
    write_package(site, "other", marked("other"), "other")
    words = ("--library", "acme", "+preset=acme/support_bot", "lr=2e-5")
    composed = recipe("compose", *words, "-o", "recipe.yaml")
    first = (tmp_path / "recipe.yaml").read_text().splitlines()[0]
    assert first == f"# recipe compose {' '.join(words)}"
    again = recipe(*first.removeprefix("# recipe ").split())
    assert (composed.status, again.out) == (0, (tmp_path / "recipe.yaml").read_text())
    assert recipe("check", "recipe.yaml", "--library", "acme").status == 0
    assert recipe("check", "recipe.yaml").status == 0  # what it doesn't know is passed over
    recipe("sweep", "--library", "acme", "+sweep=acme/look", "--dir", "grid")
    for file in (tmp_path / "grid" / "recipes").iterdir():
        assert file.read_text().startswith("# recipe compose --library acme lr=")
