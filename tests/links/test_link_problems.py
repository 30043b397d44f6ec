"""Links without a value: each is told with its chain, and no recipe is a trap."""

import math
import os

import pytest

from hydra_recipes.findings.messages.links import LinkMissing, LinkUnset
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import MAX_DEPTH, Scope
from hydra_recipes.links.rewriting import rewrite


def problem_of(recipe, key="a", beside=None):
    problem = Scope(recipe, beside or {}).resolve()[1][(key,)]
    hops = [".".join(map(str, hop.path)) for hop in problem.hops]
    return problem.detail.kind, hops, problem.detail


@pytest.mark.parametrize(
    ("recipe", "kind", "hops"),
    [
        ({"a": "${.a}"}, "link-cycle", ["a", "a"]),
        ({"a": "${.b}", "b": "${.c}", "c": "${.a}"}, "link-cycle", ["a", "b", "c", "a"]),
        ({"a": "${.b}", "b": ["${..c}"], "c": "x${.a}"}, "link-cycle", ["a", "b.0", "c", "a"]),
        ({"a": "${.b}", "b": {"c": "${..a}"}}, "link-cycle", ["a", "b.c", "a"]),
        ({"a": "${.b.x}", "b": "${.a}"}, "link-cycle", ["a", "b", "a"]),
        ({"a": "${recipes}"}, "link-cycle", ["a"]),
        ({"a": "${.${.a}}"}, "link-cycle", ["a", "a"]),
        ({"a": "${oc.select:.a,1}"}, "link-cycle", ["a", "a"]),
        ({"a": "${multiply:2,${.b}}", "b": "${.a}"}, "link-cycle", ["a", "b", "a"]),
        ({"a": "${.b}", "b": "${recipes.gone.x}"}, "link-missing", ["a", "b"]),
        ({"a": "${.b.x}", "b": 1}, "link-missing", ["a"]),
        ({"a": "${.b.1}", "b": [1]}, "link-missing", ["a"]),
        ({"a": "${.b.x}", "b": [1]}, "link-missing", ["a"]),
        ({"a": "${...b}"}, "link-missing", ["a"]),
        ({"a": "${..b}", "b": 1}, "link-missing", ["a"]),
        ({"a": "${.b}", "b": "???"}, "link-unset", ["a"]),
        ({"a": "x${.b}", "b": "${.c}", "c": "???"}, "link-unset", ["a", "b"]),
        ({"a": "${.b.c}", "b": "???"}, "link-unset", ["a"]),
        ({"a": "${.b"}, "link-syntax", ["a"]),
        ({"a": "${.b}", "b": "${x y}"}, "link-syntax", ["a", "b"]),
        ({"a": "${}"}, "link-syntax", ["a"]),
        ({"a": "${multiply:[1}"}, "link-syntax", ["a"]),
        ({"a": "${oc.select:x,'y}"}, "link-syntax", ["a"]),
        ({"a": "${multiply:1}"}, "link-failed", ["a"]),
        ({"a": "${multiply:x,1000000000}"}, "link-failed", ["a"]),
        ({"a": "${multiply:1e300,1e300}"}, "link-failed", ["a"]),
        ({"a": "${divide_ceil:1,0}"}, "link-failed", ["a"]),
        ({"a": "${divide_floor:nan,1}"}, "link-failed", ["a"]),
        ({"a": "${add:true,1}"}, "link-failed", ["a"]),
        ({"a": "${oc.select:}"}, "link-failed", ["a"]),
        ({"a": "${oc.select:x,1,2}"}, "link-failed", ["a"]),
        ({"a": "${oc.select:1}"}, "link-failed", ["a"]),
        ({"a": "${oc.select:'',1}"}, "link-failed", ["a"]),
        ({"a": "${oc.select:.b.gone,1}", "b": [0]}, "link-failed", ["a"]),
        ({"a": "${oc.env:HOME}"}, "link-environment", ["a"]),
        ({"a": "${oc.decode:'1'}"}, "link-resolver", ["a"]),
        ({"a": "${hydra:runtime.cwd}"}, "link-resolver", ["a"]),
    ],
)
def test_a_link_without_a_value_is_told_with_its_chain(recipe, kind, hops):
    assert problem_of(recipe)[:2] == (kind, hops)


def test_a_missing_target_and_an_unset_one_are_named():
    assert problem_of({"a": "${recipes.run.x}"})[2] == LinkMissing(target="recipes.run.x")
    assert problem_of({"a": "${.b}", "b": "???"})[2] == LinkUnset(target="recipes.b")
    assert problem_of({"a": "${model.x}"}, beside={"model": {}})[2] == LinkMissing(target="model.x")


def test_too_few_numbers_for_a_resolver_are_told_without_python_words():
    assert problem_of({"a": "${multiply:2}"})[2].reason == "it takes 2 numbers, not 1"
    assert Scope({"a": "${add:1,2,3}"}).value(("a",)) == 6


def test_the_environment_is_not_read(monkeypatch):
    class Watched(dict):
        def __getitem__(self, key):
            raise AssertionError(key)

        get = __getitem__

    monkeypatch.setattr(os, "environ", Watched())
    resolved, problems = Scope({"a": "${oc.env:HOME}", "b": "x${oc.env:HOME,y}"}).resolve()
    assert resolved == {"a": "${oc.env:HOME}", "b": "x${oc.env:HOME,y}"}
    assert {problem.detail.kind for problem in problems.values()} == {"link-environment"}


def test_a_chain_as_long_as_omegaconf_follows_is_followed():
    chain = {f"k{n}": f"${{.k{n + 1}}}" for n in range(MAX_DEPTH // 2)}
    last = f"k{MAX_DEPTH // 2}"
    assert Scope({**chain, last: 7}).resolve() == (dict.fromkeys([*chain, last], 7), {})


TRAPS = {
    "a chain of 3,000": {f"k{n}": f"${{.k{n + 1}}}" for n in range(3_000)},
    "a nest of links": {"k0": "${" * 100_000},
    "a nest of calls": {"k0": "${add:" * 50_000 + "1" + "}" * 50_000},
    "a nest of lists": {"k0": "${oc.select:x," + "[" * 50_000},
    "a nest of mappings": {"k0": "${oc.select:x," + "{a:" * 50_000},
    "a nest of quotes": {"k0": "${oc.select:x,'" * 50_000},
    "laughter in lists": {
        **{f"k{n}": [f"${{recipes.k{n + 1}}}"] * 9 for n in range(12)},
        "k12": 7,
    },
    "laughter in text": {
        **{f"k{n}": "${{.k{0}}}${{.k{0}}}".format(n + 1) for n in range(50)},
        "k50": "x",
    },
    "laughter in numbers": {
        **{f"k{n}": "${{multiply:${{.k{0}}},${{.k{0}}}}}".format(n + 1) for n in range(50)},
        "k50": 7,
    },
    "depth through links": {
        f"k{n}": {"x": {"x": {"x": f"${{recipes.k{n + 1}}}"}}} for n in range(90)
    },
    "calls in a chain": {
        f"k{n}": "${oc.select:x," + "[" * 8 + f"${{recipes.k{n + 1}}}" + "]" * 8 + "}"
        for n in range(90)
    },
    "backslashes": {"k0": "\\" * 1_000_000 + "x${"},
    "dollars": {"k0": "$" * 1_000_000 + "{"},
    "spaces": {"k0": "${oc.select:x," + " " * 1_000_000},
    "digits": {"k0": "${oc.select:x," + "1" * 1_000_000 + "}", "k1": "${add:" + "9" * 5_000 + "}"},
    "underscores": {"k0": "${oc.select:x,'" + "1_" * 500_000},
    "a long key": {"k0": "${" + "a." * 500_000 + "b}"},
}  # fmt: skip


@pytest.mark.parametrize("recipe", TRAPS.values(), ids=TRAPS)
def test_no_recipe_is_a_trap(recipe):
    resolved, problems = Scope(recipe).resolve()
    assert set(resolved) == set(recipe)
    for problem in problems.values():
        assert isinstance(problem, LinkProblem)
        assert len(repr(problem.detail)) + max(len(hop.text) for hop in problem.hops) < 500
    rewrite(Scope(recipe), "relative")


def test_numbers_that_are_not_finite_pass_through_links_unchanged():
    resolved, _ = Scope({"a": math.inf, "b": "${.a}"}).resolve()
    assert resolved["b"] == math.inf
