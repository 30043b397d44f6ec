"""Composing as Hydra composes, without its global state."""

import subprocess
import sys
import textwrap
import warnings
from concurrent.futures import ThreadPoolExecutor

import hydra
import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import OmegaConf

from hydra_recipes import compose
from hydra_recipes.composing.engine import compose_groups, parse_override
from hydra_recipes.findings.errors import OverrideError, RecipeError
from hydra_recipes.library.model import builtin
from hydra_recipes.links.arithmetic import RESOLVERS
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import MOUNT
from support.places import TESTS

ON_1_3 = hydra.__version__.startswith("1.3")
OPTIM = "recipes.training_config.model.optim"


@pytest.fixture(scope="module")
def hydra_compose():
    """Hydra's own compose over the library: the whole config, or None if Hydra refuses."""
    options = {"version_base": "1.3"} if ON_1_3 else {}

    def plain(overrides):
        try:
            config = hydra.compose("config", overrides, return_hydra_config=True)
        except (HydraException, ValueError, TypeError):
            return None
        return OmegaConf.to_container(config, resolve=False)

    with initialize_config_dir(str(builtin().root), **options):
        yield plain


def ours(overrides):
    """The whole config of our compose, or None if it refuses."""
    try:
        recipe = compose(overrides)
    except OverrideError:
        return None
    return {MOUNT: recipe.tree, **recipe._beside}


ACCEPTED = {
    "nothing": [],
    "a group": ["model=nova-lite"],
    "several groups": ["model=nova-pro", "peft=full", "hardware=p4d", "platform=training-job"],
    "a group that brings others": ["model=nova-2-lite", "peft=full"],
    "a group that is derived": ["fleet=g"],
    "a derived group by its option's path": ["by_peft=nova-1/sft/full"],
    "an option brought by the model, changed": ["model=nova-2-lite", "generation=nova-1"],
    "a group given twice": ["model=nova-lite", "model=nova-pro"],
    "a group deleted": ["~tracking"],
    "a group deleted with its option": ["~tracking=mlflow"],
    "a preset": ["+preset=quickstart_sft"],
    "a preset and groups": ["+preset=complete_sft", "model=nova-micro", "hardware=g5-48x"],
    "a group that a preset brings, changed": ["+preset=quickstart_sft", "exp_manager=logging"],
    "a group that a preset brings, deleted": ["+preset=quickstart_sft", "~exp_manager"],
    "a group that a preset leaves out": ["+preset=complete_lora", "data=nova-1"],
    "a group added": ["+exp_manager=early_stopping"],
    "a group added with several options": ["+exp_manager=[logging,checkpoints]"],
    "a group at a package": ["+optimizer@recipes.second=adam"],
    "a number": ["recipes.run.replicas=4"],
    "a float": [f"{OPTIM}.lr=3e-5"],
    "text": ["recipes.run.name=a-b"],
    "quoted text": ["recipes.run.name='a, b: {c}'"],
    "text in double quotes": ['recipes.run.name="it\'s = [x]"'],
    "a number as text": ["recipes.run.name='4'"],
    "a quoted empty text": ["recipes.run.name=''"],
    "an empty value": ["recipes.run.name="],
    "null": ["recipes.run.name=null"],
    "true": ["recipes.run.name=true"],
    "a cast": ["recipes.run.name=str(4)"],
    "a list": [f"{OPTIM}.betas=[0.8,0.99]"],
    "a position in a list": [f"{OPTIM}.betas.0=0.8"],
    "a list, added to nothing": [f"+{OPTIM}.more=[1,[2,a]]"],
    "a list, added where one is": [f"+{OPTIM}.betas=[0.5]"],
    "a mapping, merged": [f"{OPTIM}={{lr:3e-5,sched:{{warmup_steps:5}}}}"],
    "a mapping, added": ["+recipes.run.extra={a:1,b:{c:[d]}}"],
    "a mapping, forced": ["++recipes.run={name:x,new:1}"],
    "an empty mapping": ["recipes.run={}"],
    "the whole recipe": ["recipes={run:{replicas:8}}"],
    "a key added": ["+recipes.run.validation_data_s3_path=s3://bucket/v.jsonl"],
    "a key forced": ["++recipes.run.replicas=8", "++recipes.run.new=1"],
    "a key deleted": [f"~{OPTIM}.lr"],
    "a key deleted with its value": [f"~{OPTIM}.lr=1e-5"],
    "a mapping deleted": ["~recipes.training_config.model.peft"],
    "a key set twice": ["recipes.run.replicas=4", "recipes.run.replicas=8"],
    "a key set, deleted and added": [
        "recipes.run.name=x",
        "~recipes.run.name",
        "+recipes.run.name=y",
    ],
    "a key beside the recipe": ["label=mine"],
    "a link": ["recipes.training_config.max_length=${recipes.run.replicas}"],
    "a relative link": ["recipes.run.replicas=${..training_config.max_length}"],
    "a resolver of OmegaConf's": ["recipes.run.replicas=${oc.select:recipes.none,4}"],
    "a value that isn't set": ["recipes.run.name=???"],
    "a null, replaced by +": ["peft=full", "+recipes.training_config.model.peft.peft_scheme=lora"],
    "a key before a group": ["recipes.run.replicas=8", "model=nova-lite"],
}

REFUSED = {
    "an unknown key": ["recipes.run.nothing=1"],
    "an unknown key deleted": ["~recipes.run.nothing"],
    "a key that is there, added": ["+recipes.run.replicas=4"],
    "a wrong value deleted": [f"~{OPTIM}.lr=2e-5"],
    "a position that isn't there": [f"{OPTIM}.betas.2=0.8"],
    "a key of a scalar": [f"{OPTIM}.lr.x=1"],
    "an unknown option": ["model=nova-huge"],
    "an empty option": ["model="],
    "null for a group": ["tracking=null"],
    "a number for a group": ["model=4"],
    "a mapping for a group": ["model={a:1}"],
    "a group without +": ["preset=complete_sft"],
    "a chosen group with +": ["+model=nova-lite"],
    "a chosen group with ++": ["++model=nova-lite"],
    "a group deleted that isn't chosen": ["~preset"],
    "a group deleted with another option": ["~tracking=nothing"],
    "a group others are worked out from, deleted": ["~model"],
    "a group at a package it isn't at": ["model@recipes.second=nova-lite"],
    "a group that a preset brings, added": ["+preset=quickstart_sft", "+exp_manager=logging"],
    "a package for a key": ["recipes.run.name@here=x"],
    "an unclosed quote": ["recipes.run.name='x"],
    "an unclosed list": ["recipes.run.name=[1"],
    "no key": ["=1"],
    "no value": ["recipes.run.name"],
    "several values": ["model=nova-lite,nova-pro"],
}


@pytest.mark.parametrize("overrides", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_it_composes_what_hydra_composes(hydra_compose, overrides):
    wanted = hydra_compose(overrides)
    assert wanted is not None
    del wanted["hydra"]
    got = ours(overrides)
    assert got == wanted
    assert repr(_sorted(got)) == repr(_sorted(wanted))  # types too


def _sorted(node):
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    return [_sorted(item) for item in node] if isinstance(node, list) else node


@pytest.mark.parametrize("overrides", REFUSED.values(), ids=REFUSED.keys())
def test_it_refuses_what_hydra_refuses(hydra_compose, overrides):
    if overrides != REFUSED["several values"]:  # this is for a multirun
        assert hydra_compose(overrides) is None
    assert ours(overrides) is None


def test_the_choices_are_hydras(hydra_compose):
    overrides = ["model=nova-pro", "+preset=quickstart_sft", "~tracking"]
    wanted = hydra_compose(overrides)["hydra"]["runtime"]["choices"]
    parsed = [parse_override(text) for text in overrides]
    got = compose_groups(active_libraries(), parsed).choices
    assert got == {
        group: option
        for group, option in wanted.items()
        if option is not None and not group.startswith("hydra/")
    }


@pytest.mark.parametrize(
    ("overrides", "gone"),
    [
        (["peft=full", "~peft_scheme"], "training_config.model.peft.peft_scheme"),
        (["+run.twice=$<multiply:2,3>", "~run.twice"], "run.twice"),
        (["+run.loop=$<.loop>", "~run.loop"], "run.loop"),
    ],
)
def test_a_null_and_a_link_can_be_deleted_too(overrides, gone):
    """Hydra 1.3 refuses to delete a null, and both lines follow a link before they delete it."""
    with pytest.raises(KeyError):
        compose(overrides)[gone]


def test_threads_compose_what_one_thread_composes():
    requests = [
        [f"model={model}", f"run.replicas={replicas}", "~run.name", f"+run.name=r-{replicas}"]
        for model in ("nova-micro", "nova-lite", "nova-pro", "nova-2-lite")
        for replicas in range(4)
    ]
    one_by_one = [compose(request) for request in requests]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(compose, requests)) == one_by_one


def test_threads_may_compose_first_thing_in_a_process():
    """Hydra's plugins are found on first use, which isn't thread-safe by itself."""
    code = """
        from concurrent.futures import ThreadPoolExecutor
        from hydra_recipes import compose
        with ThreadPoolExecutor(max_workers=8) as pool:
            ids = list(pool.map(lambda at: compose([f"run.replicas={at}"]).id, range(8)))
        assert len(set(ids)) == 8
    """
    done = _python(code)
    assert done.returncode == 0, done.stderr


def test_it_composes_whatever_global_hydra_holds(tmp_path):
    wanted = compose(["lr=2e-6"])
    (tmp_path / "config.yaml").write_text("mine: 1\n")
    options = {"version_base": "1.3"} if ON_1_3 else {}
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(tmp_path), **options):
        before = GlobalHydra.instance().hydra
        assert compose(["lr=2e-6"]) == wanted
        assert GlobalHydra.instance().hydra is before
        assert OmegaConf.to_container(hydra.compose("config")) == {"mine": 1}
    assert compose(["lr=2e-6"]) == wanted
    assert not GlobalHydra.instance().is_initialized()


def test_it_registers_no_resolver_and_composes_without_the_launchers():
    code = """
        from omegaconf import OmegaConf
        from hydra_recipes import compose
        recipe = compose(["run.replicas=$<multiply:2,4>"])
        assert recipe["run.replicas"] == 8
        assert not any(map(OmegaConf.has_resolver, RESOLVERS))
    """.replace("RESOLVERS", repr(sorted(RESOLVERS)))
    done = _python(code)
    assert done.returncode == 0, done.stderr


APP = """
    import sys
    import hydra
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.core.singleton import Singleton
    from omegaconf import OmegaConf, DictConfig
    from omegaconf.basecontainer import BaseContainer

    OPTIONS = {"version_base": BASE} if hydra.__version__.startswith("1.3") else {}

    def state():
        return (
            GlobalHydra.instance().hydra,
            id(HydraConfig.instance().cfg),
            OmegaConf.to_yaml(HydraConfig.get()),
            dict(BaseContainer._resolvers),
            hydra.version.getbase(),
        )

    @hydra.main(config_path="mine", config_name="config", **OPTIONS)
    def app(config):
        from hydra_recipes import check, compose

        before = state()
        recipe = compose(["model=nova-lite", "lr=2e-6"])
        assert check(recipe).valid
        try:
            compose(["model=nova-huge"])
        except Exception as error:
            assert "nova-lite" in str(error)
        assert state() == before
        assert config == {"recipes": 1, "model": "mine"}
        assert recipe["run.replicas"] == 4
        assert hydra.compose("config") == {"recipes": 1, "model": "other"}
        print(recipe.id)

    app()
"""


@pytest.mark.parametrize("base", ["1.1", "1.3"])
def test_inside_an_app_of_the_users_it_leaves_that_apps_hydra_alone(tmp_path, base):
    if base == "1.1" and not ON_1_3:
        pytest.skip("Hydra 1.4 has no version base below its own")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text("recipes: 1\nmodel: other\n")
    code = textwrap.dedent(APP).replace("BASE", repr(base))
    (tmp_path / "app.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "app.py", "model=mine"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == compose(["model=nova-lite", "lr=2e-6"]).id


def test_composing_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compose(["model=nova-2-lite", "+run.x=[1]", "~run.x", "lr=1e-5"])


def test_a_refusal_is_one_line_in_hydras_own_words():
    with pytest.raises(RecipeError) as caught:
        compose(["~batch=nova-2"])
    assert caught.value.kind == "cannot-compose"
    assert "batch" in caught.value.detail.reason
    assert "\n" not in str(caught.value)


def _python(code):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
    )
