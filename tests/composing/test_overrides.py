"""Overrides: what a short key stands for, and what is said of one that stands for nothing."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes import check, compose
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.composing.key_finder import KeyFinder
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.origin import dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import MOUNT, walk

pytestmark = pytest.mark.quick

BASES = (
    (),
    ("peft=full",),
    ("model=nova-2-lite",),
    ("+preset=quickstart_sft",),
)


def suffixes_of(recipe):
    """Every dotted suffix of every key, with the keys that end in it."""
    found = defaultdict(list)
    for path in walk(recipe.tree):
        for start in range(len(path)):
            found[dotted(path[start:])].append(dotted(path))
    return found


def finder_of(recipe):
    family = rule_book(active_libraries()).family_of(recipe.choices)
    return KeyFinder(recipe.tree, recipe._beside, lambda: families.keys(family), ())


@pytest.fixture(scope="module")
def bases():
    return {overrides: compose(overrides) for overrides in BASES}


def refusal(*overrides):
    """The error of a request that can't be understood."""
    with pytest.raises(OverrideError) as caught:
        compose(overrides)
    assert "\n" not in str(caught.value)
    return caught.value


SHARED = {"replicas": "run.replicas"}
"""The short keys of several keys of which all but one are links to that one."""


@pytest.mark.parametrize("overrides", BASES)
def test_every_suffix_stands_for_its_key_or_names_every_key_it_could_be(bases, overrides):
    recipe = bases[overrides]
    finder, told = finder_of(recipe), {"whole": 0, "short": 0, "ambiguous": 0}
    for suffix, keys in suffixes_of(recipe).items():
        for typed in (suffix, f"{MOUNT}.{suffix}"):
            override = parse_override(f"{typed}=1")
            if suffix in keys or len(keys) == 1:
                whole = suffix if suffix in keys else keys[0]
                assert finder.place(override).key == f"{MOUNT}.{whole}"
                told["whole" if suffix in keys else "short"] += 1
            elif suffix in SHARED:
                assert finder.place(override).key == f"{MOUNT}.{SHARED[suffix]}"
            else:
                with pytest.raises(OverrideError) as caught:
                    finder.place(override)
                assert caught.value.kind == "ambiguous-key"
                assert caught.value.detail.candidates == tuple(keys)
                told["ambiguous"] += 1
    assert told["whole"]
    assert told["short"] > told["ambiguous"]
    assert bool(told["ambiguous"]) == ("model=nova-2-lite" not in overrides)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_short_key_gives_the_recipe_that_the_whole_key_gives(bases, data):
    overrides = data.draw(st.sampled_from(BASES))
    known = suffixes_of(bases[overrides])
    unique = [suffix for suffix, keys in known.items() if len(keys) == 1 or suffix in keys]
    short = data.draw(st.sampled_from(unique))
    whole = short if short in known[short] else known[short][0]
    is_group = active_libraries().is_group(short)  # a bare name of a group is the group
    prefix = f"{MOUNT}." if is_group else data.draw(st.sampled_from(("", f"{MOUNT}.")))
    change = data.draw(st.sampled_from(("{}=1", "++{}=x", "~{}", "+{}=[1]", "{}={{a:1}}")))
    by_short = outcome([*overrides, change.format(prefix + short)])
    assert by_short == outcome([*overrides, change.format(f"{MOUNT}.{whole}")])


@pytest.mark.parametrize("name", ["trainer", "exp_manager", "mm_cfg", "peft", "model"])
def test_a_name_that_is_a_group_and_a_key_is_the_group(name):
    assert refusal(f"{name}=1").kind == "unknown-option"
    recipe = compose(["+preset=quickstart_sft"])
    whole = next(key for key in suffixes_of(recipe)[name])
    assert compose(["+preset=quickstart_sft", f"{MOUNT}.{name}=1"])[whole] == 1


def outcome(overrides):
    """The recipe, or the kind of refusal (a mapping has no position to put a value at)."""
    try:
        return compose(overrides)
    except OverrideError as error:
        return error.kind


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("warmup_step=5", "warmup_steps"),
        ("replica=4", "run.replicas"),
        ("LR=1e-5", "lr"),
        ("optim.lrr=1e-5", "lr"),
        ("adaptor_dropout=0.1", "adapter_dropout"),
        ("modle=nova-lite", "model"),
        ("hardwar=p5", "hardware"),
        ("~warmup_step", "warmup_steps"),
    ],
)
def test_an_unknown_key_names_the_nearest(typed, nearest):
    error = refusal(typed)
    assert error.kind == "unknown-key"
    near = error.detail.nearest
    assert nearest in near or nearest.rpartition(".")[2] in near
    assert len(set(near)) == len(near)


def test_an_unknown_key_never_names_a_derived_group():
    assert "by_model" not in refusal("modle=nova-lite").detail.nearest


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("+max_steps=100", "training_config.trainer.max_steps", 100),
        ("+trainer.max_steps=100", "training_config.trainer.max_steps", 100),
        ("+recipes.trainer.max_steps=100", "training_config.trainer.max_steps", 100),
        ("++max_steps=100", "training_config.trainer.max_steps", 100),
        (
            "+validation_data_s3_path=s3://b-c/v.jsonl",
            "run.validation_data_s3_path",
            "s3://b-c/v.jsonl",
        ),
        ("+training_config.replicas=4", "training_config.replicas", 4),
        ("+mm_cfg={llm:{freeze:true}}", "training_config.model.mm_cfg.llm.freeze", True),
        ("+llm.freeze=true", "training_config.model.mm_cfg.llm.freeze", True),
        ("+optim.nothing=1", "training_config.model.optim.nothing", 1),
        ("+run.nothing=1", "run.nothing", 1),
        ("+nothing=1", "nothing", 1),
    ],
)
def test_an_added_key_lands_where_the_family_has_it(typed, key, value):
    assert compose([typed])[key] == value


def test_an_added_key_that_could_land_in_two_places_names_both():
    error = refusal("+exp_manager.checkpoint_callback_params={}", "+monitor=x")
    assert error.kind == "ambiguous-key"
    assert len(error.detail.candidates) == 2


def test_a_key_the_family_has_but_the_recipe_lacks_is_to_be_added():
    error = refusal("max_steps=100")
    assert error.kind == "key-not-set"
    assert error.detail.candidates == ("training_config.trainer.max_steps",)
    assert "+max_steps=100" in str(error)


def test_a_key_that_has_a_value_is_not_added():
    error = refusal("+lr=1e-5")
    assert (error.kind, error.detail.key) == ("key-exists", "training_config.model.optim.lr")


@pytest.mark.parametrize("typed", ["~lr", "~lr=1e-5", "~optim.lr=0.00001", "~recipes.lr"])
def test_a_deleted_key_is_gone(typed):
    recipe = compose([typed])
    assert recipe.get("training_config.model.optim.lr") is None
    assert [f.kind for f in check(recipe).findings if f.severity == "error"] == ["missing-key"]


def test_a_key_is_not_deleted_for_a_value_it_does_not_have():
    error = refusal("~lr=2e-5")
    assert error.kind == "not-its-value"
    assert error.detail.key == "recipes.training_config.model.optim.lr"


def test_of_several_overrides_of_one_key_the_last_wins():
    lr = "training_config.model.optim.lr"
    assert compose(["lr=1e-4", f"{lr}=2e-5", "optim.lr=3e-5"])[lr] == 3e-5
    assert compose(["~lr", "+lr=4e-5"])[lr] == 4e-5
    assert compose(["model=nova-lite", "model=nova-pro"]).choices["model"] == "nova-pro"


def test_a_group_is_chosen_before_keys_are_set_wherever_it_stands():
    assert compose(["run.replicas=8", "model=nova-lite"])["run.replicas"] == 8


def test_a_position_in_a_list_is_a_key():
    betas = "training_config.model.optim.betas"
    assert compose(["betas.0=0.8"])[betas] == [0.8, 0.999]
    assert compose(["optim.betas.1=0.5"])[f"{betas}.1"] == 0.5
    assert compose(["~betas.0"])[betas] == [0.999]
    assert refusal("betas.2=0.5").kind == "cannot-override"
    assert refusal("+betas.2=0.5").kind == "cannot-override"
    assert refusal("~betas.2").kind == "cannot-override"
    assert refusal("betas.x=0.5").kind == "unknown-key"
    assert refusal("lr.0=0.5").kind == "unknown-key"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("betas.0=5", "training_config.model.optim.betas"),
        ("betas=[5,0.9]", "training_config.model.optim.betas"),
        ("optim={lr:5}", "training_config.model.optim.lr"),
        ("recipes={run:{replicas:5}}", "run.replicas"),
        ("~lr", "training_config.model.optim.lr"),
        ("lr=$<run.replicas>", "training_config.model.optim.lr"),
    ],
)
def test_a_finding_names_the_override_that_set_the_value(typed, key):
    (finding,) = [f for f in check(compose([typed])).findings if f.severity == "error"]
    assert finding.key == key
    assert finding.origin.override == typed


def test_a_merged_mapping_sets_only_the_keys_it_holds():
    recipe = compose(["weight_decay=7", "optim={lr:1e-5}"])
    (finding,) = [f for f in check(recipe).findings if f.severity == "error"]
    assert finding.origin.override == "weight_decay=7"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("model=nova-ltie", "unknown-option"),
        ("hardware=p6", "unknown-option"),
        ("+preset=quickstart", "unknown-option"),
        ("~tracking=mlfow", "unknown-option"),
        ("model=", "unknown-option"),
        ("model=4", "unknown-option"),
        ("tracking=null", "unknown-option"),
        ("preset=complete_sft", "group-not-default"),
        ("exp_manager@recipes.x=logging", "group-not-default"),
        ("+model=nova-lite", "group-is-default"),
        ("++model=nova-lite", "group-is-default"),
        ("~preset", "group-not-chosen"),
    ],
)
def test_a_group_that_cannot_be_chosen_like_this_is_refused(typed, kind):
    assert refusal(typed).kind == kind


def test_an_unknown_option_names_the_nearest_and_all_there_are():
    detail = refusal("model=nova-ltie").detail
    assert detail.nearest[0] == "nova-lite"
    assert detail.options == ("nova-2-lite", "nova-lite", "nova-micro", "nova-premier", "nova-pro")


def test_a_group_that_a_preset_brings_is_changed_not_added():
    preset = "+preset=quickstart_sft"
    changed = compose([preset, "exp_manager=logging"])
    assert changed.choices["exp_manager"] == "logging"
    error = refusal(preset, "+exp_manager=logging")
    assert error.kind == "group-is-default"
    assert "exp_manager=logging" in str(error)


@pytest.mark.parametrize(
    "typed",
    [
        "lr=1e-5,1e-6",
        "hardware=p5,p4d",
        "run.replicas=range(2,8)",
        "lr=choice(1e-5,1e-6)",
        "lr=interval(0,1)",
        "model=glob(*)",
    ],
)
def test_several_values_are_refused_with_a_hint(typed):
    error = refusal(typed)
    assert error.kind == "sweep-override"
    assert "recipe sweep" in str(error)
    # A list is no way out for a group, which has one option.
    assert (f"{error.detail.key}=[" in str(error)) is not error.detail.is_group


@pytest.mark.parametrize("typed", ["hydra.run.dir=x", "hydra/launcher=basic", "+hydra.x=1"])
def test_hydras_own_settings_belong_to_the_hydra_app(typed):
    error = refusal(typed)
    assert error.kind == "hydra-override"
    assert "python -m hydra_recipes" in str(error)


@pytest.mark.parametrize("link", ["{}", "'{}'", '"{}"'])
@pytest.mark.parametrize("path", ["run.replicas", "recipes.run.replicas"])
def test_the_shells_spelling_of_a_link_gives_the_same_recipe(path, link):
    key = "training_config.trainer.max_epochs"
    shells = compose([f"max_epochs={link.format(f'$<{path}>')}"])
    assert shells[key] == 2
    assert shells == compose([f"max_epochs={link.format('${' + path + '}')}"])
    assert shells.tree["training_config"]["trainer"]["max_epochs"] == "${" + path + "}"


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("betas=[$<run.replicas>,0.9]", "training_config.model.optim.betas", [2, 0.9]),
        ("optim={lr:$<run.replicas>}", "training_config.model.optim.lr", 2),
        ("+run.x='$<multiply:$<.replicas>,3>'", "run.x", 6),
        ("+run.x='n-$<.replicas>'", "run.x", "n-2"),
        ("+run.x=$<oc.select:run.none,7>", "run.x", 7),
        ("run.name=$<label>", "run.name", "lora"),
    ],
)
def test_the_shells_spelling_of_a_link_works_anywhere_in_a_value(typed, key, value):
    recipe = compose([typed])
    assert recipe[key] == value
    assert recipe.overrides == (typed,)


@pytest.mark.parametrize("text", ["é", "日本", "a b", "x=y", "🦀", "a#b", "null", "1e-5"])
def test_quoted_text_is_taken_as_it_is(text):
    assert compose([f"run.name='{text}'"])["run.name"] == text


def test_letters_outside_ascii_need_quotes_as_in_hydra():
    assert refusal("run.name=é").kind == "bad-override"
    assert refusal("é=1").kind == "bad-override"


@pytest.mark.parametrize(
    ("typed", "column"),
    [("run.name='x", 9), ("betas=[1", 8), ("=1", 0), ("lr", 2), ("a b=1", 1)],
)
def test_what_cannot_be_parsed_is_shown_with_the_place(typed, column):
    error = refusal(typed)
    assert (error.kind, error.detail.column) == ("bad-override", column)


def test_a_key_of_thousands_of_characters_is_just_unknown():
    assert refusal(f"{'a' * 5000}=1").kind == "unknown-key"
    assert refusal(f"model={'a' * 5000}").kind == "unknown-option"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lr=${multiply:${.min_lr},10}", "}"),
        ("run.name=a]", "]"),
        ("run.name=(x)", "(x)"),
        ("lr", ""),
    ],
)
def test_where_an_override_stops_making_sense_is_told(text, place):
    column = refusal(text).detail.column
    assert text[column:] == place
