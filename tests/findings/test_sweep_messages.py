"""Messages about sweeps: each kind provoked for real, and read as a stranger reads it."""

import shutil
import sys
from pathlib import Path
from unittest import mock

import pytest
from filelock import FileLock

from hydra_recipes import compose, plan
from hydra_recipes.cli.commands import recipe as commands
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.messages import sweep, sweep_files, sweep_requests
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.report.why import report_on
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.formats import YamlFiles
from hydra_recipes.sweep.write.recorded import WriteOptions, sample_apart
from hydra_recipes.sweep.write.write import Interrupted, write_plan
from support.kinds import kinds_of

RATES = "lr=1e-5,2e-5"
STEPS = "warmup_steps=5,10"
DRAW = ("--sampler", "sobol", "--sample", "8")


def raised(kind, function, *arguments):
    with pytest.raises(RecipeError) as caught:
        function(*arguments)
    assert caught.value.kind == kind, str(caught.value)
    return caught.value.detail.line()


def run(*words):
    return commands.main(["sweep", *words], standalone_mode=False)


def told(*words):
    return lambda kind: raised(kind, run, *words)


def written(*words):
    """A finished sweep of two points in ``out``."""
    shutil.rmtree("out", ignore_errors=True)
    assert run(RATES, "--dir", "out", *words) == 0
    return Path("out")


def after(change, *words):
    """What is said to these words once a finished sweep was changed."""

    def said(kind):
        change(written())
        return raised(kind, run, *words, "--dir", "out")

    return said


def locked(kind):
    written()
    with FileLock("out/.sweep.lock"):
        return raised(kind, run, RATES, "--dir", "out", "--resume")


def sampled(kind, *words):
    """What is said to these words about a sample of two that is to be extended."""
    written(STEPS, "--sample", "2")
    return raised(kind, run, "--extend", "--dir", "out", *words)


def columns_added(kind):
    written("--format", "csv")
    other = ("--extend", "--dir", "out", "--format", "csv")
    return raised(kind, run, RATES, "peft=lora", "alpha=32,64", *other)


def apart(kind):
    written(STEPS, "--sample", "2")
    wishes = SweepOptions(sample=1, seed=3, where=("lr < 1.0",))
    libraries = active_libraries()
    found = sample_apart(read_space([RATES, STEPS], wishes, libraries), libraries, Path("out"))
    assert found.kind == kind
    return found.line()


def earlier_damaged(kind):
    old = next((written() / "recipes").iterdir())
    more = ("lr=1e-5,2e-5,3e-5", "--dir", "out")
    assert run(*more, "--extend") == 0
    old.unlink()
    return raised(kind, run, *more, "--resume")


def strangers(kind):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("")
    return raised(kind, run, RATES, "--dir", "mine")


def blocked(kind):
    Path("blocked").mkdir()
    assert run(RATES, "--dir", "blocked/out") == 0
    shutil.rmtree("blocked/out/recipes")
    Path("blocked/out/recipes").write_text("in the way")
    return raised(kind, run, RATES, "--dir", "blocked/out", "--resume")


def missing_extra(kind):
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in sys.modules if n.partition(".")[0] == "pyarrow"]:
            patch.delitem(sys.modules, name)
        patch.setitem(sys.modules, "pyarrow", None)
        return raised(kind, run, RATES, "--dir", "table", "--format", "parquet")


def too_few(kind):
    pytest.importorskip("scipy")
    return raised(kind, run, "lr=1e-6,2e-5,3e-5", "--sampler", "sobol", "--sample", "3")


def interrupted(kind):
    def stop(*_):
        raise KeyboardInterrupt

    with mock.patch.object(YamlFiles, "append", stop), pytest.raises(Interrupted) as caught:
        write_plan(plan([RATES]), Path("a sweep"), WriteOptions(), active_libraries())
    assert caught.value.detail.kind == kind
    return caught.value.detail.line()


def name_taken(kind):
    written("--name", "run-{lr}")
    others = ("model=nova-lite", RATES, "--name", "run-{lr}")
    return raised(kind, run, *others, "--dir", "out", "--extend")


def made_with(kind):
    Path("acme/preset").mkdir(parents=True)
    Path("acme/preset/short.yaml").write_text("# @package recipes\nrun: {replicas: 2}\n")
    written("--library", "acme")
    return raised(kind, run, "--resume", "--dir", "out")


def condition(kind):
    space = read_space([RATES], SweepOptions(where=("lr > 1.0",)), active_libraries())
    (finding,) = (
        f for f in report_on(space, "lr=1e-5", active_libraries()).findings if f.kind == kind
    )
    return finding.text


PROVOKED = {
    "sweep-option": lambda k: raised(k, compose, ["+sweep=lora_first_look"]),
    "no-axis": told("--plan"),
    "axis-twice": told(RATES, "optim.lr=3e-5,4e-5", "--plan"),
    "axis-set": told(RATES, "optim.lr=3e-5", "--plan"),
    "where": condition,
    "derived-axis": told("generation=nova-1,nova-2"),
    "interval-axis": told("lr=interval(1e-6,1e-4)"),
    "interval-group": told("model=interval(0,1)"),
    "bad-interval": told("lr=tag(log,interval(0,1))", *DRAW),
    "unknown-tag": told("lr=tag(logs,interval(0,1))", *DRAW),
    "list-for-axis": told("lr=[1e-5,2e-5]", "--plan"),
    "bad-range": told("warmup_steps=range(1,5,0)", "--plan"),
    "empty-axis": told("model=glob(none*)"),
    "unequal-zip": told(RATES, "min_lr=1e-7,1e-6,2e-6", "--zip", "lr,min_lr"),
    "zipped-twice": told(RATES, "--zip", "lr,lr"),
    "unknown-axis": told(RATES, "peft=full,lora", "--zip", "lr,pfet"),
    "bad-where": told(RATES, "--where", "lr + 1.0"),
    "bad-template": told(RATES, "--name", "{lr", "--dir", "named"),
    "unknown-field": told(RATES, "--name", "{modle}", "--dir", "named"),
    "too-large-sample": told(RATES, "--sample", "3"),
    "bad-sample": lambda k: raised(k, lambda: plan([RATES], sample=0)),
    "unknown-sampler": lambda k: raised(k, lambda: plan([RATES], sample=1, sampler="sobl")),
    "sampler-alone": told(RATES, "--sampler", "sobol"),
    "too-few-drawn": too_few,
    "bad-why": told(RATES, "--why", "lr=3e-5"),
    "why-zip": told(
        *(RATES, "min_lr=1e-6,3e-5", "--zip", "lr,min_lr", "--why", "lr=1e-5,min_lr=3e-5")
    ),
    "sweep-locked": locked,
    "sweep-exists": after(lambda _: None, RATES),
    "no-sweep": told("--resume", "--dir", "none"),
    "no-directory": lambda k: raised(k, run, "--extend"),
    "smaller-sample": lambda k: sampled(k, "--sample", "1"),
    "sample-apart": apart,
    "lacks-overrides": after(lambda _: None, "model=nova-pro", "--extend"),
    "sample-of-whole": after(lambda _: None, "--sample", "1", "--extend"),
    "made-with": made_with,
    "sweep-changed": after(lambda _: None, "lr=1e-5,2e-5,3e-5", "--resume"),
    "format-changed": after(lambda _: None, RATES, "--format", "jsonl", "--resume", "--extend"),
    "no-table": told(RATES, "--json-column", "--dir", "named"),
    "columns-added": columns_added,
    "sweep-unfinished": after(
        lambda out: shutil.rmtree(out / "recipes"), "lr=1e-5,2e-5,3e-5", "--resume", "--extend"
    ),
    "earlier-damaged": earlier_damaged,
    "not-a-sweep": strangers,
    "not-its-own": after(
        lambda out: (out / "manifest.jsonl").write_text("{}\n{}\n"), RATES, "--resume"
    ),
    "sweep-version": after(
        lambda out: (out / "sweep.yaml").write_text('versions: {hydra-recipes: "0.0.3"}'),
        *(RATES, "--resume"),
    ),
    "bad-sweep-file": after(lambda out: (out / "sweep.yaml").write_text("[]"), RATES, "--resume"),
    "sweep-stopped": blocked,
    "sweep-interrupted": interrupted,
    "name-taken": name_taken,
    "missing-extra": missing_extra,
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("said"))
        return {kind: provoke(kind) for kind, provoke in PROVOKED.items()}


def test_each_kind_is_provoked():
    of_overrides = {"sweep-option", "bad-range", "missing-extra"}
    assert set(PROVOKED) == kinds_of(sweep, sweep_files, sweep_requests) | of_overrides


def test_text_for_people(golden, said):
    blocks = []
    for kind, text in said.items():
        hint = f"\n  try: {text.hint}" if text.hint else ""
        message = text.message
        if kind == "bad-where":  # the middle is the CEL library's, and differs by its version
            message = f"{message[: message.index(': ')]}: … {message[message.rindex('(') :]}"
        blocks.append(f"== {kind}\n{message}{hint}\n")
    golden("sweep/messages.txt", "\n".join(blocks))


@pytest.mark.parametrize("kind", PROVOKED)
def test_each_message_and_hint_is_one_line_without_a_stop(said, kind):
    text = said[kind]
    assert text.message.isprintable()
    assert text.hint is None or text.hint.isprintable()
    assert not text.message.endswith(".")
