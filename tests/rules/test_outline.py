"""An outline says of a tree that it fits only if the family's model accepts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hydra_recipes import compose
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.families.base import Section
from hydra_recipes.rules import families, outline
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.kept import VARIABLE
from hydra_recipes.rules.outline import Outline, read_outline
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import leaves

METHODS = ["sft", "dpo", "cpt", "ppo", "rft", "distillation", "mtrl", "evaluation"]
BITS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**53, 2**53 + 1, 2**63, -(2**70), 10**400]),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["\ud800", "é", "1", "true"]),
)
TREES = st.recursive(
    BITS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["run", "lr", "name", 1]), inner, max_size=2)
    ),
    max_leaves=5,
)


def accepts(family: str, tree: object) -> bool:
    try:
        families.model(family).model_validate(tree)
    except ValidationError:
        return False
    return True


def recipes() -> list[tuple[str, Recipe]]:
    composed = [compose([f"method={method}"]) for method in METHODS]
    composed += [compose(["model=nova-2-lite"]), compose(["method=cpt", "model=nova-2-lite"])]
    book = rule_book(active_libraries())
    return [(book.family_of(recipe.choices), recipe) for recipe in composed]


RECIPES = recipes()


@pytest.mark.parametrize(("family", "recipe"), RECIPES)
def test_what_the_libraries_compose_fits(family, recipe):
    assert families.outline(family).fits(recipe.scope.resolve()[0])


@given(data=st.data())
def test_what_fits_is_accepted(data):
    family, recipe = data.draw(st.sampled_from(RECIPES))
    tree = recipe.scope.resolve()[0]
    paths = [path for path, _ in leaves(tree)]
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=2)):
        node = tree
        for key in path[: data.draw(st.integers(0, len(path) - 1))]:
            if not isinstance(node, dict | list) or (isinstance(node, dict) and key not in node):
                return
            node = node[key]
        name = data.draw(st.sampled_from([path[-1], "new", *(node or ())]))
        if not isinstance(node, dict):
            return
        if data.draw(st.booleans()):
            node[name] = data.draw(TREES)
        else:
            node.pop(name, None)
    if families.outline(family).fits(tree):
        assert accepts(family, tree)


def model(**config):
    return type("Own", (BaseModel,), {"model_config": ConfigDict(**config), "__annotations__": {}})


class Positive(Section):
    """A section that says more of a key than its type."""

    lr: float = Field(gt=0)


class Checked(Section):
    """A section with code of its own."""

    lr: float

    @field_validator("lr")
    @classmethod
    def low(cls, value):
        """Refuse what is high."""
        if value > 1:
            raise ValueError(value)
        return value


@pytest.mark.parametrize(
    "kind", [Positive, Checked, model(), model(extra="forbid"), model(strict=True)]
)
def test_a_model_that_says_more_is_asked_itself(kind):
    assert not read_outline(kind).fits({"lr": 0.5})


def test_an_outline_is_kept_for_the_same_code_only(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    family = RECIPES[0][0]
    asked = []

    def counted(name):
        asked.append(name)
        return families.model(name)

    first = outline.outline_of(family, counted)
    assert (outline.outline_of(family, counted), len(asked)) == (first, 1)
    assert isinstance(first, Outline)
    monkeypatch.setattr(outline, "state_of_code", lambda *_: ["another"])
    assert (outline.outline_of(family, counted), len(asked)) == (first, 2)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(b"damaged")
    assert (outline.outline_of(family, counted), len(asked)) == (first, 3)


def test_the_outline_of_a_module_of_others_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    outline.outline_of("acme.models:Recipe", lambda _: Positive)
    assert list(tmp_path.iterdir()) == []
