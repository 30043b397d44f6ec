"""Hydra's sweeper ``valid_grid``: a multirun's jobs are the points that ``recipe sweep`` writes."""

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from hydra_recipes.sources.active import active_libraries

GRID = ("model=nova-micro,nova-lite", "run.replicas=2,4,8")


@pytest.fixture
def multirun(tmp_path):
    """Runs an app with ``-m hydra/sweeper=valid_grid``: how it ended, and each job's overrides."""

    def run(*overrides, app=("-m", "hydra_recipes"), sweeper="hydra/sweeper=valid_grid"):
        place = f"hydra.sweep.dir={tmp_path / 'jobs'}"
        done = subprocess.run(
            [sys.executable, *app, "-m", sweeper, place, *overrides],
            cwd=tmp_path,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        files = (tmp_path / "jobs").glob("*/.hydra/overrides.yaml")
        found = {int(file.parts[-3]): yaml.safe_load(file.read_text()) for file in files}
        return done, [found[at] for at in sorted(found)]

    return run


def swept(recipe, *arguments):
    """The overrides of the points that ``recipe sweep`` writes, in order."""
    ran = recipe("sweep", *arguments, "--dir", "swept", "--format", "jsonl")
    assert ran.status == 0, ran.err
    manifest = Path("swept/manifest.jsonl").read_text()
    return [json.loads(line)["overrides"] for line in manifest.splitlines()]


def in_full(overrides, **whole):
    """The overrides with whole keys for short ones."""
    keys = {"run.replicas": "recipes.run.replicas", "run.name": "recipes.run.name", **whole}
    parts = [text.partition("=") for text in overrides]
    return [f"{keys.get(key, key)}={value}" for key, _, value in parts]


def test_the_jobs_are_the_valid_points_in_the_order_of_the_sweep(recipe, multirun):
    done, jobs = multirun(*GRID)
    assert done.returncode == 0, done.stderr
    assert jobs == [in_full(point) for point in swept(recipe, *GRID)]
    assert [job[:2] for job in jobs] == [
        ["model=nova-micro", "recipes.run.replicas=2"],
        ["model=nova-micro", "recipes.run.replicas=4"],
        ["model=nova-micro", "recipes.run.replicas=8"],
        ["model=nova-lite", "recipes.run.replicas=4"],
        ["model=nova-lite", "recipes.run.replicas=8"],
    ]
    assert "6 points asked: 5 valid, 1 left out" in done.stdout
    assert "nova-lite-replicas" in done.stdout


@pytest.mark.parametrize(
    ("module", "launcher"),
    [
        ("hydra_plugins.hydra_joblib_launcher", "joblib"),
        ("hydra_plugins.hydra_submitit_launcher", "submitit_local"),
    ],
)
def test_another_launcher_gets_the_same_jobs(module, launcher, recipe, multirun):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"the launcher {launcher} is not installed")
    grid = ("model=nova-micro,nova-lite", "run.replicas=2,16")
    done, jobs = multirun(f"hydra/launcher={launcher}", *grid)
    assert done.returncode == 0, done.stderr
    assert jobs == [in_full(point) for point in swept(recipe, *grid)]
    assert len(jobs) == 2


def test_a_short_key_is_written_out_for_each_model(multirun):
    # A key with one value is an axis too: Hydra itself would want it in full.
    done, jobs = multirun(
        "model=nova-lite,nova-2-lite", "warmup_steps=choice(12)", "lr=choice(1e-5)"
    )
    assert done.returncode == 0, done.stderr
    first, second = "recipes.training_config.model.optim", "recipes.training_config"
    assert [job[1:3] for job in jobs] == [
        [f"{first}.sched.warmup_steps=12", f"{first}.lr=1e-05"],
        [f"{second}.lr_scheduler.warmup_steps=12", f"{second}.optim_config.lr=1e-05"],
    ]


def test_a_single_value_needs_a_whole_key_or_choice(multirun):
    """Hydra applies it to the config before it makes a sweeper; the README says so."""
    done, jobs = multirun("model=nova-micro,nova-lite", "run.replicas=4")
    assert (done.returncode, jobs) == (1, [])
    assert "Could not override 'run.replicas'" in done.stderr
    for text in ("recipes.run.replicas=4", "run.replicas=choice(4)"):
        done, jobs = multirun("model=nova-micro,nova-lite", text)
        assert done.returncode == 0, done.stderr
        assert [job[:2] for job in jobs] == [
            [model, "recipes.run.replicas=4"] for model in ("model=nova-micro", "model=nova-lite")
        ]


def test_params_are_the_grid_and_the_command_line_replaces_them(recipe, multirun):
    params = (
        "+hydra.sweeper.params.model='nova-micro,nova-lite'",
        "+hydra.sweeper.params.lr='choice(1e-5)'",
        "hydra.sweeper.where='replicas < 8'",
        "hydra.sweeper.max_batch_size=1",
    )
    done, jobs = multirun(*params, "model=nova-micro,nova-2-lite", "run.replicas=4,8")
    assert done.returncode == 0, done.stderr
    again = ("lr=choice(1e-5)", "model=nova-micro,nova-2-lite", "run.replicas=4,8")
    points = swept(recipe, *again, "--where", "replicas < 8")
    assert [[t for t in job if t.startswith("model")] for job in jobs] == [
        [t for t in point if t.startswith("model")] for point in points
    ]
    assert len(jobs) == 2
    assert all("recipes.run.replicas=4" in job for job in jobs)


def test_zip_and_sample_are_those_of_the_sweep(recipe, multirun):
    grid = ("lr=1e-5,2e-5,5e-5", "min_lr=1e-6,2e-6,5e-6", "alpha=32,64,128")
    settings = ("zip=[lr,min_lr]", "sample=2", "seed=7")
    done, jobs = multirun(*(f"hydra.sweeper.{one}" for one in settings), *grid)
    assert done.returncode == 0, done.stderr
    optim = "recipes.training_config.model.optim"
    whole = {
        "lr": f"{optim}.lr",
        "min_lr": f"{optim}.sched.min_lr",
        "alpha": "recipes.training_config.model.peft.lora_tuning.alpha",
    }
    points = swept(recipe, *grid, "--zip", "lr,min_lr", "--sample", "2", "--seed", "7")
    assert jobs == [in_full(point, **whole) for point in points]


def test_points_drawn_are_those_of_the_sweep(recipe, multirun):
    pytest.importorskip("scipy")
    settings = ("sampler=sobol", "sample=3", "seed=7")
    grid = ("lr=tag(log,interval(1e-6,1e-4))", "model=nova-lite,nova-micro")
    done, jobs = multirun(*(f"hydra.sweeper.{one}" for one in settings), *grid)
    assert done.returncode == 0, done.stderr
    drawing = ("--sampler", "sobol", "--sample", "3", "--seed", "7")
    lr = "recipes.training_config.model.optim.lr"
    assert jobs == [in_full(point, lr=lr) for point in swept(recipe, *grid, *drawing)]


def test_a_sweep_of_the_library_runs_too(recipe, multirun):
    done, jobs = multirun("+sweep=lora_first_look", "lr=1e-5,2e-5")
    assert done.returncode == 0, done.stderr
    lr = "recipes.training_config.model.optim.lr"
    points = swept(recipe, "+sweep=lora_first_look", "lr=1e-5,2e-5")
    assert jobs == [in_full(point, lr=lr) for point in points]


def test_a_grid_without_a_valid_point_runs_nothing_and_says_why(multirun):
    done, jobs = multirun("model=nova-micro", "run.replicas=5,7")
    assert done.returncode == 1
    assert jobs == []
    assert "no point of the grid is valid" in done.stderr
    assert "Nova Micro trains on 2, 4 or 8 P instances." in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_understood_is_answered_as_by_the_sweep(multirun):
    done, jobs = multirun("run.replicass=2,4")
    assert done.returncode == 1
    assert jobs == []
    assert "there is no key or group run.replicass; did you mean replicas?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_template_that_cannot_be_used_makes_no_directory(multirun, tmp_path):
    done, jobs = multirun("model=nova-micro,nova-lite", "hydra.sweeper.name='{nope}'")
    assert done.returncode == 1
    assert "the template has no field {nope}" in done.stderr
    assert "Traceback" not in done.stderr
    assert jobs == []
    assert not (tmp_path / "jobs").exists()


def test_an_app_with_a_primary_config_of_its_own(tmp_path, multirun):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mine.yaml").write_text(
        textwrap.dedent(f"""\
            defaults:
              - config
              - override model: nova-lite
              - override hydra/sweeper: valid_grid
              - _self_
            team: vision
            hydra:
              searchpath: ["file://{active_libraries().members[0].root}"]
              sweeper:
                params: {{run.replicas: "2,4,8"}}
            """)
    )
    options = "" if _hydra_is_next() else ', version_base="1.3"'
    (tmp_path / "app.py").write_text(
        textwrap.dedent(f"""\
            import hydra

            @hydra.main(config_path="conf", config_name="mine"{options})
            def app(config):
                print("trains", config.team, config.recipes.run.replicas, config.recipes.run.name)

            app()
            """)
    )
    done, jobs = multirun("lr=choice(1e-5)", app=("app.py",), sweeper="hydra.job.chdir=false")
    assert done.returncode == 0, done.stderr
    said = [line.split()[:3] for line in done.stdout.splitlines() if line.startswith("trains")]
    assert said == [["trains", "vision", replicas] for replicas in "48"]
    assert [job[1] for job in jobs] == ["recipes.training_config.model.optim.lr=1e-05"] * 2
    assert "3 points asked: 2 valid, 1 left out" in done.stdout


def _hydra_is_next():
    import hydra

    return not hydra.__version__.startswith("1.3")
