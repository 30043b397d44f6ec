"""A tree is checked without instances of the family's model: with the same answer, and as told."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hydra_recipes import compose
from hydra_recipes.rules import family_check as checks
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.families import model
from hydra_recipes.rules.family_check import family_check
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import leaves

BOOK = rule_book(active_libraries())
RECIPES = [
    compose([f"method={method}"]) for method in ("sft", "dpo", "cpt", "ppo", "rft", "distillation")
]
RECIPES += [compose([f"method={method}"]) for method in ("mtrl", "evaluation")]
BITS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, 10**400, "true", "\ud800", {}, [], {"lr": 1}, ["a"], [1]]),
    st.floats(),
    st.text(max_size=3),
)


def complaint(check, tree):
    """What is wrong with a tree, as pydantic tells it."""
    try:
        check(tree)
    except ValidationError as error:
        return str(error)
    return None


@given(st.data())
def test_a_tree_gets_the_answer_of_its_family_s_model(data):
    recipe = data.draw(st.sampled_from(RECIPES))
    family = BOOK.family_of(recipe.choices)
    tree = copy.deepcopy(recipe.resolved())
    paths = [path[:end] for path, _ in leaves(tree) for end in range(1, len(path) + 1)]
    for path in data.draw(st.lists(st.sampled_from(paths), max_size=2)):
        node = tree
        for key in path[:-1]:
            node = node.get(key) if isinstance(node, dict) else None
        if isinstance(node, dict):
            change = data.draw(st.sampled_from(["set", "drop", "add", "odd"]))
            if change == "drop":
                node.pop(path[-1], None)
            else:
                key = {"set": path[-1], "add": f"{path[-1]}_", "odd": 1}[change]
                node[key] = data.draw(BITS)
    expected = complaint(model(family).__pydantic_validator__.validate_python, tree)
    assert complaint(family_check(family), tree) == expected


def test_the_models_of_the_built_in_families_are_checked_without_instances():
    for recipe in RECIPES:
        core = model(BOOK.family_of(recipe.choices)).__pydantic_core_schema__
        assert checks._as_dicts(core) is not None


class Even(BaseModel):
    """A model that looks at one value."""

    lr: int = 2

    @field_validator("lr")
    @classmethod
    def even(cls, value):
        assert value % 2 == 0
        return value


class Ordered(BaseModel):
    """A model that looks at itself."""

    low: int
    high: int

    @model_validator(mode="after")
    def ordered(self):
        assert self.low < self.high
        return self


class Other(BaseModel):
    """A model whose key has another name."""

    lr: float = Field(alias="rate")


class Loose(BaseModel):
    """A model with any further keys, all of them numbers."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]


class Outer(BaseModel):
    """A model with another inside."""

    inner: Even | None = None


class Hooked(BaseModel):
    """A model that looks once it is made."""

    lr: int

    def model_post_init(self, _context):
        assert self.lr


@pytest.mark.parametrize(
    ("family", "good", "bad"),
    [
        (Even, {"lr": 2}, {"lr": 3}),
        (Ordered, {"low": 1, "high": 2}, {"low": 2, "high": 1}),
        (Other, {"rate": 1.0}, {"lr": 1.0}),
        (Loose, {"a": 1}, {"a": "b"}),
        (Outer, {"inner": {"lr": 2}}, {"inner": {"lr": 3}}),
        (Hooked, {"lr": 1}, {"lr": 0}),
    ],
)
def test_a_model_that_does_more_is_run_itself(family, good, bad):
    check = family_check(f"{__name__}:{family.__name__}")
    check(good)
    with pytest.raises((ValidationError, AssertionError)) as told:
        check(bad)
    with pytest.raises(type(told.value)) as itself:
        family.model_validate(bad)
    assert str(told.value) == str(itself.value)
