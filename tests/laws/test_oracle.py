"""Validity: ``check`` agrees with an oracle that was written apart from the rules files."""

import copy
import itertools
import random

import pytest

from hydra_recipes import Recipe, check, compose
from support.nested_trees import nested
from support.oracle import OFFERED, SHAPE_1, SHAPE_2, verdict, verdict_unknown
from support.random_edits import VALUES, edit, gaps, places

GROUPS = ("model", "peft", "hardware", "platform")
PLATFORMS = ("hyperpod", "training-job")
EVERYWHERE = ("replicas", "max_length")


def said(report):
    return {(finding.severity, finding.key) for finding in report.findings}


def recipe_of(choices, tree):
    second = choices["model"] == "nova-2-lite"
    derived = {
        "method": "sft",
        "evaluation": "none",
        "benchmark": "none",
        "generation": "nova-2" if second else "nova-1",
        "optimizer": "adam" if second else "distributed_fused_adam",
    }
    return Recipe({**derived, **choices}, (), tree)


def edited(trees, count, seed):
    """Random edits of recipes: choices and tree. The recipes are given by model and peft."""
    rng = random.Random(seed)
    for _ in range(count):
        (model, peft), tree = rng.choice(trees)
        tree = copy.deepcopy(tree)
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 5))):
            edit(tree, SHAPE_2 if model == "nova-2-lite" else SHAPE_1, rng)
        here = rng.choice(OFFERED[model, peft]), rng.choice(PLATFORMS)
        yield dict(zip(GROUPS, (model, peft, *here), strict=True)), tree


def at_every_limit(trees):
    """Each value near a limit, one at a time: choices and tree.

    Where limits depend on hardware and platform, with each of them; elsewhere they take turns.
    """
    turns = itertools.count()
    for (model, peft), original in trees:
        tree = copy.deepcopy(original)
        everywhere = list(itertools.product(OFFERED[model, peft], PLATFORMS))
        for node, key in [*places(tree), *gaps(tree, SHAPE_2 if "2" in model else SHAPE_1)]:
            for value in VALUES.get(key, ()):
                before = dict(node)
                node[key] = value
                here = everywhere[next(turns) % len(everywhere)]
                for hardware, platform in everywhere if key in EVERYWHERE else [here]:
                    yield dict(zip(GROUPS, (model, peft, hardware, platform), strict=True)), tree
                node.clear()
                node.update(before)


def disagreements(cases):
    """Where ``check`` and the oracle differ about recipes whose choices are known."""
    for choices, tree in cases:
        found, wanted = said(check(recipe_of(choices, tree))), verdict(choices, tree)
        if found != wanted:
            yield choices, copy.deepcopy(tree), {"check": found - wanted, "oracle": wanted - found}


def disagreements_unknown(cases):
    """The same about plain trees, whose choices have to be told from what they say."""
    for _, tree in cases:
        found, wanted = said(check(tree)), verdict_unknown(tree)
        if ("error", None) in wanted:
            # No choice fits: that, or what is amiss under the choice that fits best.
            wanted -= {("error", None)}
            more = found - wanted
            agree = wanted <= found and more and all(severity == "error" for severity, _ in more)
        else:
            agree = found == wanted
        if not agree:
            yield tree, {"check": found - wanted, "oracle": wanted - found}


def written_out(values):
    """A published recipe's values by whole key as a tree; its one link written out."""
    link = "${oc.select:training_config.max_steps}"
    return nested(
        {k: values["training_config.max_steps"] if v == link else v for k, v in values.items()}
    )


@pytest.fixture(scope="module")
def composed():
    """Our own recipes: (model, peft) and tree."""
    pairs = [((model, peft), [f"model={model}", f"peft={peft}"]) for model, peft in OFFERED]
    # A run so long that its steps don't keep warm-up and saving short.
    pairs.append((("nova-2-lite", "full"), ["model=nova-2-lite", "peft=full", "max_steps=1000"]))
    presets = [
        (("nova-micro", "full"), ["+preset=quickstart_sft"]),
        (("nova-lite", "full"), ["+preset=complete_sft"]),
        (("nova-lite", "lora"), ["+preset=complete_lora"]),
    ]
    return [(pair, compose(overrides).resolved()) for pair, overrides in (*pairs, *presets)]


def test_check_and_the_oracle_agree_at_every_limit(composed):
    assert next(disagreements(at_every_limit(composed[: len(OFFERED) + 1])), None) is None


def test_check_and_the_oracle_agree_on_edits_of_composed_recipes(composed):
    assert next(disagreements(edited(composed, 1_000, seed=1)), None) is None


def test_check_and_the_oracle_agree_on_edits_of_published_recipes(published):
    trees = [
        ((entry["choices"]["model"], entry["choices"]["peft"]), written_out(entry["values"]))
        for entry in published
    ]
    assert next(disagreements(edited(trees, 1_000, seed=2)), None) is None


def test_check_and_the_oracle_agree_where_only_the_recipe_tells_its_choices(composed):
    assert next(disagreements_unknown(edited(composed, 300, seed=3)), None) is None


@pytest.mark.parametrize("model", sorted({model for model, _ in OFFERED}))
@pytest.mark.parametrize("peft", ["lora", "full"])
@pytest.mark.parametrize("hardware", OFFERED["nova-micro", "lora"])
def test_what_is_offered_is_what_the_oracle_says_is_offered(model, peft, hardware):
    report = check(compose([f"model={model}", f"peft={peft}", f"hardware={hardware}"]))
    told = [finding.kind for finding in report.findings if finding.kind == "not-offered"]
    offered = hardware in OFFERED[model, peft]
    assert told == ([] if offered else ["not-offered"])
    assert report.valid is offered
