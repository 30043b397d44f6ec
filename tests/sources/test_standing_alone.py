"""Libraries that stand alone: the order ends with them, and names tell which one is meant."""

import os

import pytest

from hydra_recipes import check, compose
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import builtin
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries, named_library, using
from support.team_libraries import ACME, marked, on_path, write_library, write_package

ALONE = {
    "config": "defaults: [size: small, _self_]\nrecipes: {run: {name: x}}\n",
    "size/small": "# @package recipes.run\nlayers: 2\n",
    "rules/alone": "families:\n  alone:\n    schema:\n      properties:\n        run:\n"
    "          properties: {name: {type: string}, layers: {type: integer}}\n",
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    place = tmp_path / "place"
    place.mkdir()
    (place / "pyproject.toml").write_text("[project]\nname = 'place'\n")
    monkeypatch.chdir(place)
    monkeypatch.delenv("HYDRA_RECIPES_LIBRARIES", raising=False)
    write_library(tmp_path / "alone", ALONE)
    write_library(tmp_path / "acme", ACME)
    write_library(tmp_path / "other", marked("other"))
    return place


def names(*named):
    with using(named) as libraries:
        return [library.name for library in libraries.members]


def test_the_order_ends_with_a_library_that_stands_alone(tmp_path, monkeypatch):
    assert names(tmp_path / "alone") == ["alone"]
    assert names(tmp_path / "other", tmp_path / "alone") == ["other", "alone"]
    assert names(tmp_path / "alone", tmp_path / "other") == ["alone"]
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", str(tmp_path / "other"))
    assert names(tmp_path / "alone") == ["alone"]


def test_nothing_of_nova_is_beside_it(tmp_path):
    with using([tmp_path / "alone"]) as libraries:
        assert libraries.groups() == ("size",)
        book = rule_book(libraries)
        assert (book.offers, book.limits, book.rules) == ((), (), ())
        recipe = compose([])
        assert recipe.choices == {"size": "small"}
        assert check(recipe).valid


def test_the_built_in_library_goes_by_its_name(tmp_path, place, monkeypatch):
    assert names("nova") == ["nova"]
    (place / "pyproject.toml").write_text("[tool.hydra-recipes]\nlibraries = ['../alone']\n")
    assert names() == ["alone"]
    assert names("nova") == ["nova"]
    assert names(tmp_path / "acme", "nova") == ["acme", "nova"]
    assert names(str(builtin().root)) == ["nova"]
    assert names(named_library("nova")) == ["nova"]  # the library itself, for the tools
    with using(["nova"]) as libraries:
        assert libraries.as_options() == ["--library", "nova"]
    assert active_libraries().as_options() == []


def test_a_directory_called_like_it_comes_first(tmp_path, place):
    write_library(place / "nova", marked("other"))
    with pytest.raises(LibraryError) as refused, using(["nova"]):
        pass
    assert refused.value.kind == "same-library-name"


def test_a_primary_config_that_takes_the_place_of_novas_goes_beside_it(tmp_path):
    files = {"config": "defaults: [model: nova-micro]\n", "rules/x": "shadows: [config]\n"}
    write_library(tmp_path / "over", files)
    assert names(tmp_path / "over") == ["over", "nova"]


def test_one_that_is_only_installed_is_in_force_only_by_name(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    on_path(monkeypatch, site)
    write_package(site, "alone_pkg", ALONE, "alone-pkg")
    write_package(site, "acme_pkg", ACME, "acme-pkg")
    assert names() == ["acme-pkg", "nova"]
    assert names("alone-pkg") == ["alone-pkg"]
    assert names(named_library("alone_pkg")) == ["alone-pkg"]
    assert names(named_library("acme-pkg")) == ["acme-pkg", "nova"]


def test_the_command_line_uses_both_side_by_side(tmp_path, recipe):
    library = os.path.relpath(tmp_path / "alone")
    ran = recipe("compose", "--library", "alone", "layers=3", "-o", "a.yaml")
    assert (ran.status, ran.err) == (0, "wrote a.yaml\n"), library
    first = (tmp_path / "a.yaml").read_text().splitlines()[0]
    assert first == "# recipe compose --library alone layers=3"
    assert recipe("check", "--library", "alone", "a.yaml").status == 0
    assert "model=nova" not in recipe("list", "--library", "alone").out
    ran = recipe("compose", "--library", "nova")
    assert ran.out.startswith("# recipe compose --library nova\nrun:\n")
    ran = recipe("sweep", "--library", "alone", "layers=1,2", "--dir", "s")
    assert "next: recipe check s/recipes --library alone" in ran.err


def test_a_file_of_a_library_that_isnt_in_force_is_told_with_how_to_name_it(recipe):
    assert recipe("compose", "--library", "alone", "-o", "a.yaml").status == 0
    ran = recipe("check", "a.yaml")
    assert ran.status == 1
    assert "a recipe of no known method" in ran.out
    assert "try: it was composed with --library alone" in ran.out
