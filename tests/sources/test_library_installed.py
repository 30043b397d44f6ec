"""Two libraries, built as real wheels, installed into a fresh environment and used there."""

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

import hydra_recipes
from support.library_wheels import build_wheel, install

READY = ["data_s3_path=s3://acme/a/b.jsonl", "output_s3_path=s3://acme/a/"]
RUN = "# @package recipes.run\n# An option.\n"
ACME = {
    "model/acme-lite": f"{RUN}defaults: [/model/nova-lite, _self_]\nreplicas: 8\n",
    "preset/acme/bot": (
        "# @package _global_\n# A bot.\ndefaults: [_self_, override /model: acme-lite]\n"
        "recipes: {run: {name: bot}}\n"
    ),
    "rules/acme": "limits:\n  acme-most:\n    keys: {run.replicas: {maximum: 16}}\n"
    "    because: There are sixteen.\n",
}
BETA = {
    "model/beta-lite": f"{RUN}defaults: [/model/acme-lite, _self_]\nreplicas: 16\n",
    "rules/beta": "off: {acme-most: We have more.}\n",
}
APP = """\
import hydra
from omegaconf import OmegaConf

@hydra.main(config_path=None, config_name="config"{})
def app(config):
    print(config.recipes.run.name, config.recipes.run.replicas)

app()
"""


class Environment:
    """A fresh environment, in which this project and what it needs can be imported."""

    def __init__(self, root, away):
        venv.create(root, with_pip=False, symlinks=True)
        self.python = root / "bin" / "python"
        (self.site,) = (root / "lib").glob("python*/site-packages")
        self.away = away
        ours = Path(hydra_recipes.__file__).parents[1]
        (self.site / "ours.pth").write_text(f"{ours}\n{sysconfig.get_path('purelib')}\n")

    def run(self, *command):
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "HYDRA_"))}
        done = subprocess.run(
            [self.python, *command],
            cwd=self.away,
            env={**plain, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def recipe(self, *words):
        return self.run("-c", "from hydra_recipes.cli.main import run; run()", *words)


def test_wheels_are_installed_and_used(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheels, is not here")
    away = tmp_path / "away"
    away.mkdir()
    there = Environment(tmp_path / "fresh", away)
    for name, files in (("acme-recipes", ACME), ("beta-recipes", BETA)):
        install(build_wheel(tmp_path / name, name, "1.0.0", files), there.site)
    status, out, err = there.recipe("compose", "+preset=acme/bot", "model=beta-lite", *READY)
    assert (status, "replicas: 16" in out) == (0, True), err
    code, listed, _ = there.recipe("library", "list")
    assert (code, listed.splitlines()[0]) == (0, "acme-recipes 1.0.0, an installed package")
    assert "switches off acme-most of acme-recipes: We have more." in listed
    assert str(there.site / "acme_recipes" / "conf") in listed

    line = "" if hydra_version() > "1.4" else ', version_base="1.3"'
    (away / "app.py").write_text(APP.format(line))
    assert there.run("app.py", "+preset=acme/bot") == (0, "bot 8\n", "")


def hydra_version():
    import hydra

    return hydra.__version__
