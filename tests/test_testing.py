"""The contract of libraries, run by pytest on libraries of a team."""

import sys

import pytest

import hydra_recipes.testing  # noqa: F401 - the same for all of the runs
from hydra_recipes import check, compose
from hydra_recipes.library_tools.check import combinations
from support.team_libraries import ACME, write_library

pytest_plugins = ["pytester"]

GLOBAL = "# @package _global_\n# Something.\n"
CONTRACT = """
from hydra_recipes.testing import LibraryContract

class TestTeam(LibraryContract):
    library = "team"
    strict = {strict}
"""


@pytest.fixture
def contract(pytester, monkeypatch):
    """Runs the contract on a library of these files, two combinations a thing."""
    sample = combinations._sample
    monkeypatch.setattr(combinations, "_sample", lambda products: sample(products)[:2])

    check(compose())  # pytester unloads what is first imported in its run, and that can't be done

    def run(files, *, strict=False):
        write_library(pytester.path / "team" / "conf", files)
        pytester.makepyfile(CONTRACT.format(strict=strict))
        return pytester.runpytest_inprocess("-v", "-p", "no:cacheprovider")

    return run


def test_each_thing_of_a_library_is_a_test(contract):
    ran = contract(ACME, strict=True)
    ran.assert_outcomes(passed=7)
    names = [line.split("[")[1].split("]")[0] for line in ran.outlines if "is_valid[" in line]
    assert names == [
        "model=acme-lite",
        "+preset=acme/support_bot",
        "+sweep=acme/look",
        "offer 1 in rules/acme.yaml",
        "limit acme-bucket",
    ]


def test_what_is_wrong_is_told_as_check_tells_it(contract):
    files = {
        "preset/good": f"{GLOBAL}recipes: {{run: {{name: good}}}}\n",
        "preset/same": f"{GLOBAL}recipes: {{run: {{name: good}}}}\n",
        "preset/wrong": f"{GLOBAL}recipes: {{run: {{replicas: 7}}}}\n",
    }
    ran = contract(files)
    ran.assert_outcomes(passed=4, failed=1)
    ran.stdout.fnmatch_lines(
        [
            "E*wrong.yaml:3:27: error: +preset=wrong: run.replicas is 7; allowed: 2, 4 or 8*",
            "E*because: Nova Micro trains on 2, 4 or 8 P instances. (guide, published)",
        ]
    )
    contract(files, strict=True).assert_outcomes(passed=3, failed=2)


def test_a_library_that_cannot_be_used_fails(contract):
    ran = contract({"rules/x": "limits: {ours: {keys: {lr: {maximum: 1}}}}\n"})
    ran.assert_outcomes(passed=1, failed=1, skipped=1)
    ran.stdout.fnmatch_lines(["E*x.yaml:1:10: error: ours can't be used: it has no because*"])


def test_the_package_works_without_pytest(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("hydra_recipes.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pytest", None)
    from hydra_recipes.testing import LibraryContract

    assert LibraryContract.strict is False
