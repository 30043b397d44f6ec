"""The law of importing: a file comes back, and no override can be left out."""

import pytest
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from hydra_recipes import check, compose, plan
from hydra_recipes.composing.history import flat
from hydra_recipes.documents.header import header
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.importing.imported import import_file
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.tree import canonical
from support.import_requests import POINTS, composed, requests


def values(recipe):
    """The values and types of a recipe; a link that has none counts as it is written."""
    return canonical(recipe.scope.resolve()[0])


def links_of(recipe):
    """The links of a recipe by key, in the spelling that all equal ones share."""
    written = flat(rewrite(recipe.scope, "recipes"))
    return {path: text for path, text in written.items() if contains_link(text)}


def has_links_of(one, recipe):
    """Whether a recipe has another's values and all its links.

    It may have more of them: a file of plain values doesn't tell which of them a link would give.
    """
    more = links_of(one)
    same = all(more.get(path) == text for path, text in links_of(recipe).items())
    return same and values(one) == values(recipe)


def minimal(found, same):
    for at, text in enumerate(found.overrides):
        rest = found.overrides[:at] + found.overrides[at + 1 :]
        try:
            less = compose(rest)
        except OverrideError:  # what is left doesn't go together
            continue
        assert not same(less), f"{text} can be left out"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("law") / "recipe.yaml"


@settings(settings.get_profile("import"))
@given(requests(), st.sampled_from(["yaml", "json", "mounted"]))
@example((*POINTS[0], "weight_decay=0"), "yaml")  # types count: the library has 0.0
def test_a_recipe_comes_back_and_no_override_can_be_left_out(file, texts, form):
    recipe = composed(texts)
    note(recipe.overrides)
    text = recipe.to_json() if form == "json" else recipe.to_yaml()
    if form == "mounted":
        text = "recipes:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    file.write_text(text, encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    note(found.command)
    assert values(compose(found.overrides)) == values(recipe)
    assert found.exact
    minimal(found, lambda less: values(less) == values(recipe))


@settings(settings.get_profile("import"))
@given(requests(), st.sampled_from(["relative", "recipes"]))
@example((*POINTS[0], "mlflow_run_name=my-lora-run"), "relative")  # what its link gives anyway
def test_the_links_of_a_file_come_back_too(file, texts, links):
    recipe = composed(texts)
    note(recipe.overrides)
    file.write_text(recipe.to_yaml(links), encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    note(found.command)
    assert has_links_of(compose(found.overrides), recipe)
    assert found.exact
    minimal(found, lambda less: has_links_of(less, recipe))


@settings(settings.get_profile("import"))
@given(requests())
def test_the_choices_of_a_first_line_come_back_too(file, texts):
    recipe = composed(texts)
    note(recipe.overrides)
    file.write_text(header(recipe.overrides) + recipe.to_yaml(), encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    note(found.command)
    assert values(compose(found.overrides)) == values(recipe)
    offered = ("model", "method", "peft", "hardware", "optimizer")
    assert [found.recipe.choices[g] for g in offered] == [recipe.choices[g] for g in offered]


GRID = plan(
    [
        "model=nova-micro,nova-lite,nova-pro,nova-2-lite",
        "peft=full,lora",
        "hardware=p5,p4d,g5-12x,g6-48x",
        "platform=hyperpod,training-job",
        "run.replicas=1,2,4,6,8,16",
        "lr=2e-6,1e-5,5e-5",
        "max_length=4096,8192,32768",
        "weight_decay=0.0,0,0.1",
    ]
)


@settings(settings.get_profile("import"))
@given(
    st.integers(0, len(GRID) - 1), st.booleans(), st.sampled_from(["yaml", "json", "mounted json"])
)
def test_of_any_valid_recipe_importing_what_is_emitted_composes_it(file, at, told, form):
    recipe = next(GRID.shard(at, len(GRID)).recipes())
    note(recipe.overrides)
    assert check(recipe).valid
    text = recipe.to_yaml() if form == "yaml" else recipe.to_json()
    text = f'{{"recipes": {text}}}' if form == "mounted json" else text
    told = told and form == "yaml"
    file.write_text(header(recipe.overrides) + text if told else text, encoding="utf-8")
    found = import_file(file)
    assert found.exact
    if told or recipe.choices["platform"] == "hyperpod":  # which a file alone doesn't tell
        assert found.report.valid

    def same(other):
        """A first line tells the choices as well; without one those that fit will do."""
        return (other == recipe) if told else values(other) == values(recipe)

    assert same(compose(found.overrides))
    minimal(found, same)
