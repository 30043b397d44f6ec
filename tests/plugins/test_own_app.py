"""Apps of one's own: which of them find a library, and that all others are left alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import hydra
import pytest

import hydra_recipes
from support.places import ROOT

STABLE = hydra.__version__.startswith("1.3")
pytestmark = pytest.mark.skipif(
    STABLE and sys.version_info >= (3, 14), reason="Hydra 1.3 starts no app on it"
)
APP = """\
import hydra
{before}

@hydra.main({arguments})
def app(config):
    print({printed})

app()
"""
RECIPE = "config.recipes.run.model_name_or_path, config.recipes.run.replicas"
NOTHING = 'config_path=None, config_name="config"'
PACKAGED = 'config_path="pkg://hydra_recipes.conf", config_name="config"'


@pytest.fixture
def app(tmp_path):
    """Writes and runs an app in an empty directory, and gives all that it says."""

    def run(arguments, *words, printed=RECIPE, before="", path=None):
        base = ', version_base="1.3"' if STABLE else ""
        text = APP.format(arguments=f"{arguments}{base}", printed=printed, before=before)
        (tmp_path / "app.py").write_text(text)
        path = path or Path(hydra_recipes.__file__).parents[1]
        done = subprocess.run(
            [sys.executable, "-W", "error", "app.py", *words, "hydra.run.dir=out"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(path)},
        )
        return done.stdout

    return run


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """The directory of an install as pip makes it: the library inside the package."""
    site = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("__pycache__")
    for package in ("hydra_recipes", "hydra_plugins"):
        shutil.copytree(ROOT / "src" / package, site / package, ignore=ignored)
    shutil.copytree(ROOT / "conf", site / "hydra_recipes" / "conf")
    return site


@pytest.mark.parametrize("arguments", [NOTHING, PACKAGED])
def test_it_finds_the_built_in_library_in_an_editable_install(app, arguments):
    assert app(arguments, "model=nova-lite") == "nova-lite/prod 4\n"


@pytest.mark.parametrize("arguments", [NOTHING, PACKAGED])
def test_it_finds_the_built_in_library_in_an_ordinary_install(app, ordinary, arguments):
    printed = f"{RECIPE}, sys.modules['hydra_recipes'].__file__"
    said = app(arguments, "model=nova-lite", printed=printed, before="import sys", path=ordinary)
    assert said == f"nova-lite/prod 4 {ordinary / 'hydra_recipes' / '__init__.py'}\n"


@pytest.mark.parametrize("install", ["editable", "ordinary"])
def test_its_own_config_may_put_the_built_in_library_on_the_search_path(
    app, ordinary, tmp_path, install
):
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / "mine.yaml").write_text(
        "# @package recipes.run\ndefaults: [nova-lite, _self_]\nreplicas: 8\n"
    )
    (tmp_path / "own" / "long.yaml").write_text(
        "defaults: [config, override model: nova-pro, _self_]\n"
        "hydra: {searchpath: ['pkg://hydra_recipes.conf', 'pkg://hydra.conf']}\n"
    )
    own = 'config_path="own", config_name="long"'
    path = ordinary if install == "ordinary" else None
    assert app(own, path=path) == "nova-pro/prod 6\n"
    assert app(own, "model=mine", path=path) == "nova-lite/prod 8\n"


@pytest.mark.parametrize("arguments", [NOTHING, PACKAGED])
def test_its_help_lists_the_groups(app, arguments):
    assert "hardware: g5-12x, g5-24x, g5-48x" in app(arguments, "--help")


def test_the_jobs_of_another_process_find_it_too(app, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="no launcher is here")
    words = ("-m", "model=nova-lite", "hydra/launcher=joblib", "hydra.sweep.dir=jobs")
    said = app(NOTHING, *words, printed=f"open('it', 'w').write(repr(({RECIPE})))")
    assert (tmp_path / "it").read_text() == "('nova-lite/prod', 4)", said


@pytest.mark.quick
def test_an_app_without_a_primary_config_is_left_alone(app):
    assert app("config_path=None", "+model=foo", printed="config") == "{'model': 'foo'}\n"
    assert "nova" not in app("config_path=None", "--help", printed="config")


def test_an_app_with_another_primary_config_is_left_alone(app):
    said = app('config_path=None, config_name="mine"', "model=nova-lite")
    assert "mine" in said
    assert "nova-lite/prod" not in said


def test_an_app_over_a_directory_is_left_alone(app, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "config.yaml").write_text("a: 1\n")
    own = 'config_path="own", config_name="config"'
    assert app(own, "+model=foo", printed="config") == "{'a': 1, 'model': 'foo'}\n"


def test_the_primary_config_of_a_directory_on_the_command_line_comes_first(app, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "config.yaml").write_text("a: 1\n")
    words = ("--config-dir", "own", "+model=foo")
    assert app(NOTHING, *words, printed="config") == "{'a': 1, 'model': 'foo'}\n"


def test_a_directory_on_the_command_line_may_add_options(app, tmp_path):
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / "mine.yaml").write_text(
        "# @package recipes.run\ndefaults: [nova-lite, _self_]\nreplicas: 8\n"
    )
    assert app(NOTHING, "--config-dir", "own", "model=mine") == "nova-lite/prod 8\n"


def test_a_config_that_the_app_has_stored_comes_first(app):
    before = (
        "from hydra.core.config_store import ConfigStore\n"
        "ConfigStore.instance().store('config', {'a': 1})\n"
    )
    said = app(NOTHING, "+model=foo", printed="config", before=before)
    assert said == "{'a': 1, 'model': 'foo'}\n"


def test_one_app_after_another_in_a_process(app, tmp_path):
    base = ', version_base="1.3"' if STABLE else ""
    (tmp_path / "both.py").write_text(
        "from hydra import compose, initialize\n"
        f"with initialize(config_path=None{base}):\n"
        "    print(compose('config', ['model=nova-pro']).recipes.run.replicas)\n"
        f"with initialize(config_path=None{base}):\n"
        "    print(compose(overrides=['+model=foo']))\n"
    )
    source = Path(hydra_recipes.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "both.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert (done.stdout, done.stderr) == ("6\n{'model': 'foo'}\n", "")
