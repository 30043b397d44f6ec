"""A sweep that ends at any step it makes on disk, and is resumed, ends as one that never did."""

import shutil
import sys

import pytest

from hydra_recipes import plan
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.write import formats
from hydra_recipes.sweep.write.formats import JsonLines, YamlFiles
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.tables import Parquet
from hydra_recipes.sweep.write.write import write_plan

FIRST = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5", "run.replicas=2,4,8")
MORE = ("model=nova-micro", "peft=lora", "lr=1e-5,2e-5,3e-5", "run.replicas=2,4,8")
CHANGES = ("open", "os.mkdir", "os.rename", "os.remove", "shutil.rmtree")


class Killed(BaseException):
    """Ends a run as a kill does: nothing is there to catch it."""


class Steps:
    """Ends a run before the change it makes below a directory that is named by its number."""

    root = ""
    left = 0

    def told(self, event, arguments):
        if self.left and event in CHANGES and str(arguments[0]).startswith(self.root):
            self.left -= 1
            if not self.left:
                raise Killed


STEPS = Steps()
sys.addaudithook(STEPS.told)  # which stays, and does nothing but here


@pytest.fixture
def small(monkeypatch):
    """Chunks of four points, and four files to a directory."""
    for form in (YamlFiles, JsonLines, Parquet):
        monkeypatch.setattr(form, "chunk", 4)
    monkeypatch.setattr(formats, "PER_DIRECTORY", 4)


def content(root):
    return {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("extends", [False, True])
@pytest.mark.parametrize("form", ["yaml", "jsonl", "csv", "parquet"])
def test_a_sweep_killed_at_any_step_ends_as_one_never_killed(tmp_path, small, form, extends):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    first, asked, shelf = plan(FIRST), plan(MORE if extends else FIRST), active_libraries()

    def write(root, left, **how):
        STEPS.root, STEPS.left = str(root), left
        try:
            write_plan(asked, root, WriteOptions(form, extend=extends, **how), shelf)
        except Killed:
            return False
        finally:
            STEPS.left = 0
        return True

    before, whole, root = tmp_path / "before", tmp_path / "whole", tmp_path / "killed"
    before.mkdir()
    if extends:
        write_plan(first, before, WriteOptions(form), shelf)
    shutil.copytree(before, whole)
    assert write(whole, 0)
    wanted, step = content(whole), 0
    while True:
        shutil.copytree(before, root)
        step += 1
        ended = write(root, step)
        assert write(root, 0, resume=True)
        assert content(root) == wanted, step
        if ended:
            break
        shutil.rmtree(root)
    assert step > 15
