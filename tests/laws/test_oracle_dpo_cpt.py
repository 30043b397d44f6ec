"""Validity of DPO and CPT: ``check`` agrees with an oracle written apart from the rules files."""

import copy
import random

import pytest

from hydra_recipes import Recipe, check, compose
from support.oracle_dpo_cpt import OFFERED, shape, verdict
from support.random_edits import VALUES, edit, places

PLATFORMS = ("hyperpod", "training-job")
MORE = {
    "beta": [-0.1, 0, 0.00099, 0.001, 0.05, 0.1, 0.1001, 0.5, 0.5001, 1],
    "max_epochs": [-1, 0, 1, 5, 6, 100, 101],
    "max_steps": [-1, 0, 1, 9, 10, 11, 100_000, 100_001],
    "max_length": [0, 1, 1000, 1024, 4096, 5120, 8192, 8193, 16384, 17408, 32768, 33792],
    "run": [{}, None],
    "name": ["a" * 63, "a" * 64, "My-run", "-run", "<run> or " + "a" * 64],
}
AT_LIMITS = {key: [*VALUES.get(key, ()), *MORE.get(key, ())] for key in {**VALUES, **MORE}}
"""Values near limits, those that only these methods have among them."""


@pytest.fixture(scope="module")
def composed():
    """Each distinct recipe: its choices, less the platform, and its tree."""
    found = []
    for (method, model, peft), hardwares in OFFERED.items():
        for hardware in hardwares:
            choices = {"method": method, "model": model, "peft": peft, "hardware": hardware}
            recipe = compose([f"{group}={option}" for group, option in choices.items()])
            found.append((recipe.choices, recipe.resolved()))
    return found


def disagreement(choices, tree):
    """Where ``check`` and the oracle differ about a recipe, if they do."""
    report = check(Recipe(choices, (), tree))
    found = {(finding.severity, finding.key) for finding in report.findings}
    wanted = verdict(choices, tree)
    return found != wanted and (choices, tree, {"check": found - wanted, "oracle": wanted - found})


def test_check_and_the_oracle_agree_at_every_limit(composed):
    turn = 0
    for choices, original in composed:
        tree = copy.deepcopy(original)
        for node, key in places(tree):
            before = node[key]
            for value in AT_LIMITS.get(key, ()):
                node[key] = value
                turn += 1
                here = PLATFORMS if key == "replicas" else [PLATFORMS[turn % 2]]
                for platform in here:
                    assert not disagreement({**choices, "platform": platform}, tree)
            node[key] = before


def test_check_and_the_oracle_agree_on_random_edits(composed):
    rng = random.Random(17)
    for _ in range(2_000):
        choices, tree = copy.deepcopy(rng.choice(composed))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 5))):
            edit(tree, shape(choices), rng, AT_LIMITS)
        assert not disagreement({**choices, "platform": rng.choice(PLATFORMS)}, tree)


EVIDENCE = ("dpo_cfg", "task_type", "model_type", "peft_scheme", "peft")
"""What tells the choices; a mapping is none where it is only changed within."""


def test_an_edited_recipe_is_recognised_as_long_as_its_evidence_is_there(composed):
    rng = random.Random(4)
    for _ in range(200):
        choices, tree = copy.deepcopy(rng.choice(composed))
        for _ in range(rng.choice((1, 2, 3))):
            values = [
                (node, key)
                for node, key in places(tree)
                if key not in EVIDENCE and not isinstance(node[key], dict)
            ]
            node, key = rng.choice(values)
            node[key] = copy.deepcopy(rng.choice([*AT_LIMITS.get(key, ()), None]))
        told = check(tree).choices
        assert {group: told.get(group) for group in ("method", "model", "generation")} == {
            group: choices[group] for group in ("method", "model", "generation")
        }, tree
        assert told.get("peft") == choices["peft"]
