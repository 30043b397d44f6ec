"""History: the last thing that set a key is what the recipe has there, and nothing is lost."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hydra_recipes import compose
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.history import histories, origin_in
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.library.model import Libraries, Library, builtin
from hydra_recipes.origin import FileOrigin, OverrideOrigin
from hydra_recipes.tree import canonical
from support.published_recipes import OFFERED, PRESETS


def flat(node, at=()):
    """Every value by its path: of a list the whole, and each item."""
    if isinstance(node, dict) and node:
        return {p: v for key, item in node.items() for p, v in flat(item, (*at, key)).items()}
    items = enumerate(node) if isinstance(node, list) else ()
    return {at: node} | {p: v for i, item in items for p, v in flat(item, (*at, i)).items()}


def replayed(recipe):
    """What the histories say the recipe is."""
    made = histories(recipe)
    return {p: h[-1].value for p, h in made.items() if not h[-1].removed}, made


def agree(recipe):
    told, made = replayed(recipe)
    real = flat(recipe.tree)
    assert told.keys() == real.keys()
    assert {p: canonical(v) for p, v in told.items()} == {p: canonical(v) for p, v in real.items()}
    return made


ALL = [(f"model={m}", f"peft={p}", f"hardware={h}") for _, m, p, h in OFFERED]
ALL += [(f"+preset={name}",) for name in PRESETS]


@pytest.mark.parametrize("overrides", ALL, ids=" ".join)
def test_replaying_a_golden_recipe_gives_every_value_and_its_place(overrides):
    for history in agree(compose(overrides)).values():
        for write in history:
            assert isinstance(write.origin, FileOrigin)
            shown = write.origin.text[write.origin.column - 1 :]
            assert shown, write  # the caret stands under the value


OVERRIDES = (
    "lr=2e-6",
    "+preset=quickstart_sft",
    "+preset=complete_lora",
    "model=nova-2-lite",
    "peft=full",
    "~mlflow_run_name",
    "~tracking",
    "+exp_manager=checkpoints",
    "betas=[0.1,0.2]",
    "betas.0=0.5",
    "~optim",
    "optim={lr: 1e-4}",
    "++optim.sched={a: {b: 1}}",
    "+run.extra=[{a: 1}, []]",
    "lr=${recipes.training_config.model.optim.sched.min_lr}",
    "run.name=${recipes.run.model_type}",
    "training_config.trainer=null",
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(OVERRIDES), unique=True, max_size=5))
def test_replaying_gives_what_hydra_composed(overrides):
    try:
        recipe = compose(overrides)
    except RecipeError:
        return
    agree(recipe)


def test_every_write_is_kept_in_order_and_the_last_one_wins():
    made = histories(compose(["model=nova-lite", "peft=full", "lr=2e-6", "lr=3e-6"]))
    history = made["training_config", "model", "optim", "lr"]
    base, first, *rest = history
    assert base.origin.file == "nova:shape/nova-1/base.yaml"
    assert first.origin.file == "nova:by_peft/nova-1/sft/full.yaml"
    assert first.origin.text.lstrip().startswith("lr:")
    assert first.choice == "by_peft=nova-1/sft/full"
    assert [(write.origin, write.value) for write in rest] == [
        (OverrideOrigin("lr=2e-6"), 2e-6),
        (OverrideOrigin("lr=3e-6"), 3e-6),
    ]


def test_a_choice_names_the_override_that_made_it():
    made = histories(compose(["+preset=quickstart_sft"]))
    write = made["run", "name"][-1]
    assert (write.choice, write.chosen_by) == ("preset=quickstart_sft", "+preset=quickstart_sft")


def test_a_deleted_key_and_one_replaced_wholesale_keep_their_history():
    made = histories(
        compose(["~mlflow_run_name", "optim={lr: 1e-4}", "training_config.trainer=null"])
    )
    deleted = made["run", "mlflow_run_name"]
    assert [write.removed for write in deleted] == [False, True]
    assert deleted[-1].origin == OverrideOrigin("~mlflow_run_name")
    replaced = made["training_config", "trainer", "max_epochs"]
    assert replaced[-1].removed
    assert replaced[-1].origin == OverrideOrigin("training_config.trainer=null")


def team(root, **files):
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Libraries((Library("team", root), builtin()))


def composed(shelf, *overrides):
    return compose_request(read_overrides(overrides, shelf), overrides, shelf)


def test_lists_anchors_and_merged_mappings_have_their_own_lines(tmp_path):
    shelf = team(
        tmp_path,
        preset__mine="# @package recipes.run\n"
        "extra:\n  base: &base\n    a: 1\n    b: [x, y]\n  more:\n    <<: *base\n    a: 2\n"
        "  again: *base\n",
    )
    made = agree(composed(shelf, "+preset=mine"))
    lines = {path[2:]: h[-1].origin.line for path, h in made.items() if path[1] == "extra"}
    assert lines == {
        ("base", "a"): 4,
        ("base", "b"): 5,
        ("base", "b", 0): 5,
        ("base", "b", 1): 5,
        ("more", "a"): 8,
        ("more", "b"): 5,
        ("more", "b", 0): 5,
        ("more", "b", 1): 5,
        ("again", "a"): 4,
        ("again", "b"): 5,
        ("again", "b", 0): 5,
        ("again", "b", 1): 5,
    }


def test_a_mapping_replaced_by_a_file_keeps_its_history(tmp_path):
    shelf = team(tmp_path, preset__mine="# @package recipes.training_config\ntrainer: none\n")
    made = agree(composed(shelf, "+preset=mine"))
    gone = made["training_config", "trainer", "max_epochs"][-1]
    assert gone.removed
    assert (gone.origin.file, gone.origin.line) == ("team:preset/mine.yaml", 2)
    assert made["training_config", "trainer"][-1].value == "none"


def test_what_a_file_leaves_open_is_open_and_what_it_leaves_empty_keeps_what_is_there(tmp_path):
    shelf = team(
        tmp_path,
        preset__mine="# @package recipes\nrun:\n  name: ???\n  own: {}\ntraining_config: {}\n",
    )
    made = agree(composed(shelf, "+preset=mine"))
    assert made["run", "name"][-2].origin.file.startswith("nova:")
    assert (made["run", "name"][-1].value, made["run", "name"][-1].origin.line) == ("???", 3)
    assert made["run", "own"][-1].origin.file == "team:preset/mine.yaml"


def test_the_origin_of_a_mapping_is_that_of_its_first_value():
    recipe = compose(["lr=2e-6"])
    made = histories(recipe)
    assert origin_in(made, ("run",)).file.startswith("nova:")
    assert origin_in(made, ("nothing",)) is None


def test_a_recipe_that_was_not_composed_has_no_history():
    assert histories(Recipe({}, (), {"run": {"name": "x"}})) == {}


def test_places_are_read_anew_when_a_file_changes(tmp_path):
    shelf = team(tmp_path, preset__mine="# @package recipes.run\nown: 1\n")
    first = histories(composed(shelf, "+preset=mine"))["run", "own"][-1]
    text = "# @package recipes.run\n\nown: 1\n"
    Path(tmp_path / "preset/mine.yaml").write_text(text, encoding="utf-8")
    os.utime(tmp_path / "preset/mine.yaml", ns=(1, 1))
    again = histories(composed(shelf, "+preset=mine"))["run", "own"][-1]
    assert (first.origin.line, again.origin.line) == (2, 3)


def test_a_mapping_merged_into_a_link_has_the_places_of_what_that_led_to(tmp_path):
    shelf = team(
        tmp_path,
        preset__base="# @package recipes.run\nbase: {u: 1, v: 2}\nown: ${recipes.run.base}\n",
        preset__mine="# @package recipes.run\ndefaults:\n  - base\n  - _self_\nown: {v: 3}\n",
    )
    made = agree(composed(shelf, "+preset=mine"))
    places = {path: history[-1].origin for path, history in made.items() if path[1:2] == ("own",)}
    assert {path[2]: (o.file, o.line) for path, o in places.items() if len(path) > 2} == {
        "u": ("team:preset/base.yaml", 2),
        "v": ("team:preset/mine.yaml", 5),
    }


def test_an_option_mounted_at_a_second_place_was_chosen_by_that_override():
    texts = ["+optimizer@recipes.extra=adam", "optimizer=distributed_fused_adam"]
    shelf = Libraries((builtin(),))
    made = histories(composed(shelf, *texts))
    assert made["extra", "lr"][-1].chosen_by == texts[0]
    assert made["training_config", "model", "optim", "eps"][-1].chosen_by == texts[1]


def test_each_of_several_options_was_chosen_by_the_list():
    recipe = compose(["+exp_manager=[checkpoints,logging]"])
    write = histories(recipe)["training_config", "exp_manager", "create_wandb_logger"][-1]
    assert (write.choice, write.chosen_by) == (
        "exp_manager=logging",
        "+exp_manager=[checkpoints,logging]",
    )


FILES = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(
        st.sampled_from([1, "x", None, {}, [], [1, {"a": 2}]]),
        lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        max_leaves=4,
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(FILES, st.sampled_from(["", ".a", ".a.b"])), min_size=1, max_size=3),
    st.sampled_from([(), ("~run.own.a",), ("++run.own.a=5",), ("++run.own={b: {}}",)]),
)
def test_replaying_gives_what_any_files_compose(tmp_path_factory, layers, overrides):
    root = tmp_path_factory.mktemp("layers")
    for at, (content, below) in enumerate(layers):
        before = [f"  - layer-{at - 1}"] if at else []
        head = [f"# @package recipes.run.own{below}", "defaults:", *before, "  - _self_"]
        (root / "layer").mkdir(exist_ok=True)
        text = "\n".join(head) + "\n" + yaml.safe_dump(content)
        (root / f"layer/layer-{at}.yaml").write_text(text, encoding="utf-8")
    shelf = Libraries((Library("team", root), builtin()))
    try:
        recipe = composed(shelf, f"+layer=layer-{len(layers) - 1}", *overrides)
    except RecipeError:
        assume(False)  # a mapping meets a list, or an override nothing
    agree(recipe)
