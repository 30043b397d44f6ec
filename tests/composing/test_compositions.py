"""Compositions: what was composed before is used for as long as it would come out the same."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes import RecipeError, compose
from hydra_recipes.composing import engine
from hydra_recipes.composing.cache import CompositionCache
from support.team_libraries import write_library


@pytest.fixture
def composed(monkeypatch):
    """The overrides of each composition that Hydra really made, without any from before."""
    made = []
    really = engine._compose
    monkeypatch.setenv("HYDRA_RECIPES_CACHE", "")
    monkeypatch.setattr(engine, "composed", CompositionCache())
    monkeypatch.setattr(engine, "_compose", lambda *given: made.append(given[1]) or really(*given))
    return made


def test_the_same_options_are_composed_once(composed):
    first = compose(["model=nova-lite", "lr=2e-6"])
    second = compose(["model=nova-lite", "lr=3e-6", "~max_length"])
    again = compose(["model=nova-lite", "lr=2e-6"])
    assert len(composed) == 1
    assert (again.tree, again.choices, again.id) == (first.tree, first.choices, first.id)
    assert second.tree != first.tree  # what one changed isn't seen by the next


@pytest.mark.parametrize("other", ["model=nova-pro", "+preset=complete_sft", "~optimizer"])
def test_other_options_are_composed_anew(composed, other):
    compose(["peft=full"])
    try:
        compose(["peft=full", other])
    except RecipeError:
        assert other == "~optimizer"
    else:
        assert len(composed) == 2


def test_options_that_do_not_go_together_are_refused_every_time():
    for _ in range(2):
        with pytest.raises(RecipeError):
            compose(["preset=complete_sft"])


def test_not_more_than_so_many_are_kept(monkeypatch):
    kept = CompositionCache(most=2)
    monkeypatch.setattr(engine, "composed", kept)
    for model in ("nova-micro", "nova-lite", "nova-pro"):
        compose([f"model={model}"])
    assert len(kept._kept) == 2


def test_with_configs_in_hydras_store_nothing_is_kept(composed, monkeypatch):
    from hydra.core.config_store import ConfigStore

    monkeypatch.setitem(ConfigStore.instance().repo, "model", {})
    for _ in range(2):
        compose(["model=nova-lite"])
    assert len(composed) == 2


def test_no_plugin_of_hydras_is_imported_to_compose():
    script = (
        "import sys; from hydra_recipes import compose; compose();"
        "assert not any(name.startswith('hydra_plugins') for name in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


VALUE = "# @package recipes.training_config\nmax_length: {}\n"
EDITS = {
    "a value changes": lambda own: (own / "preset/mine.yaml").write_text(VALUE.format(32768)),
    "a value of the same length": lambda own: (own / "preset/mine.yaml").write_text(
        VALUE.format(8192).replace("8192", "4096")
    ),
    "a file is replaced": lambda own: (own / "spare/other.yaml").replace(own / "preset/mine.yaml"),
    "an option of the name is laid before it": lambda own: write_library(
        own.parent / "first", {"preset/mine": VALUE.format(65536)}
    ),
    "a file goes": lambda own: (own / "preset/mine.yaml").unlink(),
    "the model's option is shadowed": lambda own: write_library(
        own,
        {
            "model/nova-lite": "defaults: [/model/nova-micro, _self_]\n",
            "rules/own": "shadows: [model/nova-lite]\n",
        },
    ),
    "a name moves": lambda own: (
        write_library(
            own,
            {
                "preset/new": VALUE.format(2048),
                "rules/own": "moved:\n  preset/mine: preset/new\n",
            },
        )
        and (own / "preset/mine.yaml").unlink()
    ),
    "nothing": lambda own: None,
}


# Each example composes by Hydra up to eight times.
@settings(max_examples=20)
@given(edits=st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3))
def test_what_is_composed_after_an_edit_is_what_a_new_process_composes(edits, tmp_path_factory):
    top = tmp_path_factory.mktemp("edited")
    first = write_library(top / "first", {"preset/unused": VALUE.format(1)})
    own = write_library(
        top / "own", {"preset/mine": VALUE.format(8192), "spare/other": VALUE.format(16384)}
    )

    def outcome():
        try:
            recipe = compose(["model=nova-lite", "+preset=mine"], libraries=[first, own])
        except (RecipeError, OSError) as error:
            return str(error)
        return recipe.tree, recipe.choices, recipe.provenance.sources, recipe.provenance.moved

    outcome()
    for edit in edits:
        try:
            EDITS[edit](own)
        except FileNotFoundError:
            continue  # an edit before took it away
        now = outcome()
        engine.composed = CompositionCache()
        assert now == outcome(), edit
