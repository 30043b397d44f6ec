"""The recipes the library composes: as golden files, and against the published ones."""

import re
from functools import cache
from itertools import product

import pytest
import yaml

from hydra_recipes import check, compose
from support.published_recipes import OFFERED, OTHER_OFFERED, PRESETS, P


@cache
def composed(model, peft, hardware):
    return compose([f"model={model}", f"peft={peft}", f"hardware={hardware}"])


def leaves(tree, at=()):
    """Every leaf with its type; an empty mapping is a leaf, and lists are whole."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*at, key))
        else:
            types = [type(item) for item in value] if isinstance(value, list) else type(value)
            yield ".".join((*at, key)), (value, types)


@pytest.mark.parametrize(("name", "model", "peft", "hardware"), OFFERED)
def test_each_offered_combination_gives_its_golden_recipe(golden, name, model, peft, hardware):
    golden(f"recipes/{name}.yaml", composed(model, peft, hardware).to_yaml())


@pytest.mark.parametrize(("model", "peft", "hardware"), [entry[1:] for entry in OFFERED])
def test_each_offered_combination_is_valid(model, peft, hardware):
    report = check(composed(model, peft, hardware))
    assert report.valid
    warned = {finding.rule for finding in report.findings if finding.severity == "warning"}
    on_p4d = model == "nova-2-lite" and hardware == "p4d"
    assert warned == ({"nova-2-lite-on-p4d"} if on_p4d else set())


@pytest.mark.parametrize(("name", "choices"), OTHER_OFFERED)
def test_each_offered_combination_of_the_other_methods_gives_its_golden_recipe(
    golden, name, choices
):
    recipe = compose(choices)
    golden(f"recipes/{name}.yaml", recipe.to_yaml())
    told = {(one.severity, one.rule) for one in check(recipe).findings}
    warned = {rule for severity, rule in told if severity != "incomplete"}
    is_less = name.startswith("dpo_nova-pro_lora") and "hardware=p4d" in choices
    assert warned == ({"nova-pro-dpo-replicas-p4d-usual"} if is_less else set())


@pytest.mark.parametrize("model", ["nova-micro", "nova-2-lite"])
def test_mixed_data_are_valid_once_their_percentages_are_filled_in(golden, model):
    chosen = [f"model={model}", "+data_mixing=text"]
    golden(f"recipes/data_mixing_{model}.yaml", compose(chosen).to_yaml())
    filled = ["customer_data.percent=75", "nova_data.chat=60", "nova_data.code=40"]
    assert {f.rule for f in check(compose(chosen)).findings} >= {"unset"}
    report = check(compose([*chosen, *filled]))
    assert {finding.rule for finding in report.findings} <= {"hyperpod-paths", "placeholders"}
    assert not check(compose([*chosen, *filled, "nova_data.code=41"])).valid


@pytest.mark.parametrize("method", ["dpo", "cpt", "ppo", "evaluation"])
def test_only_sft_mixes_data(method):
    recipe = compose([f"method={method}", "+data_mixing=text"])
    (said,) = [f.message for f in check(recipe).findings if f.severity == "error"]
    assert said.startswith("+data_mixing=text is for method=sft; ")


def test_every_other_combination_is_not_offered():
    models = ("nova-micro", "nova-lite", "nova-pro", "nova-2-lite")
    hardware = (*P, "g5-12x", "g6-12x", "g5-48x", "g6-48x")
    offered = {entry[1:] for entry in OFFERED}
    assert len(offered) == 33
    for combination in product(models, ("full", "lora"), hardware):
        kinds = [finding.kind for finding in check(composed(*combination)).findings]
        assert ("not-offered" in kinds) == (combination not in offered), combination


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_gives_its_golden_recipe(golden, preset):
    recipe = compose([f"+preset={preset}"])
    golden(f"recipes/{preset}.yaml", recipe.to_yaml())
    golden(f"recipes/{preset}.relative.yaml", recipe.to_yaml(links="relative"))


WARNED = {"checkpoints-kept", "epochs-on-hyperpod", "quickstart-keys", "warmup-share"}
"""What is said of the quick start: sources disagree about it."""


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_is_valid_and_only_the_quick_start_has_warnings(preset):
    report = check(compose([f"+preset={preset}"]))
    assert report.valid
    warned = {finding.rule for finding in report.findings if finding.severity == "warning"}
    assert warned == (WARNED if preset == "quickstart_sft" else set())


def test_the_run_comes_first_and_the_training_configuration_second():
    for _, model, peft, hardware in OFFERED:
        assert list(composed(model, peft, hardware).tree) == ["run", "training_config"]


def test_the_recipes_are_the_published_ones_key_for_key_and_type_for_type(published):
    compositions = 0
    for wanted in published:
        choices = wanted["choices"]
        for hardware in choices["hardware"]:
            recipe = composed(choices["model"], choices["peft"], hardware)
            got = dict(leaves(recipe.resolved()))
            expected = dict(
                pair
                for key, value in wanted["values"].items()
                for pair in leaves({key: _published_value(key, value, wanted["values"])})
            )
            assert got == expected, (wanted["id"], hardware)
            compositions += 1
    assert compositions == len(OFFERED) == 33


def _published_value(key, value, values):
    """A published value; the second generation's save_steps is a link to max_steps."""
    if isinstance(value, str) and value.startswith("${"):
        assert key == "training_config.save_steps"
        assert re.fullmatch(r"\$\{oc\.select:\s*training_config\.max_steps\}", value)
        assert values["training_config.max_steps"] == 100
        return 100
    return value


@pytest.mark.parametrize(("preset", "file"), PRESETS.items())
def test_the_presets_are_the_guides_recipes_key_for_key_and_type_for_type(
    seed_recipes, preset, file
):
    wanted = yaml.safe_load(re.sub(r"\b1e-(\d)", r"1.0e-\1", (seed_recipes / file).read_text()))
    with_links = yaml.safe_load(compose([f"+preset={preset}"]).to_yaml(links="recipes"))
    assert dict(leaves(with_links)) == dict(leaves(wanted))


def test_the_guides_links_resolve_to_what_they_tie(seed_recipes):
    recipe = compose(["+preset=quickstart_sft", "run.replicas=8", "save_steps=50"])
    assert recipe["training_config.replicas"] == recipe["training_config.trainer.num_nodes"] == 8
    callback = recipe["training_config.exp_manager.checkpoint_callback_params"]
    assert callback["every_n_train_steps"] == 50


ALONE = [
    "+exp_manager=logging",
    "+exp_manager=checkpoints",
    "+exp_manager=early_stopping",
    "+mm_cfg=frozen_projectors",
    "+training_validation=loader",
    "+trainer=steps",
]


@pytest.mark.parametrize("peft", ["full", "lora"])
@pytest.mark.parametrize("option", ALONE)
def test_each_reusable_option_is_valid_alone(option, peft):
    report = check(compose([option, f"peft={peft}"]))
    assert report.valid
    warned = {finding.rule for finding in report.findings if finding.severity == "warning"}
    assert warned <= WARNED


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["peft=full"],
        ["hardware=g5-12x"],
        ["model=nova-2-lite"],
        ["model=nova-2-lite", "peft=full"],
    ],
)
def test_a_training_job_is_ready_without_paths(overrides):
    report = check(compose([*overrides, "platform=training-job"]))
    assert report.ready
    few = overrides == ["model=nova-2-lite"]  # LoRA on one instance
    assert [f.rule for f in report.findings] == few * ["nova-2-lite-job-replicas-lora"]
