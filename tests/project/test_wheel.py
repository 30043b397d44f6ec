"""The wheel: what is in it. That it works away from the checkout is proved by .ci/run."""

import email
import subprocess
import sys
import zipfile

import pytest

import hydra_recipes
from support.places import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not here")
    directory = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = directory.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def files_below(root):
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_library_is_in_the_wheel_file_by_file(wheel):
    inside = {
        name.removeprefix("hydra_recipes/conf/")
        for name in wheel.namelist()
        if name.startswith("hydra_recipes/conf/")
    }
    assert inside == files_below(ROOT / "conf")


def test_the_package_is_in_the_wheel_with_its_type_marker(wheel):
    inside = {
        name.removeprefix("hydra_recipes/")
        for name in wheel.namelist()
        if name.startswith("hydra_recipes/") and not name.startswith("hydra_recipes/conf/")
    }
    assert "py.typed" in inside
    assert inside == files_below(ROOT / "src" / "hydra_recipes")


def test_nothing_but_the_packages_and_the_metadata_is_in_the_wheel(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    dist_info = f"hydra_recipes-{hydra_recipes.__version__}.dist-info"
    assert tops <= {"hydra_recipes", "hydra_plugins", dist_info}


def test_the_metadata_names_version_licence_and_command(wheel):
    folder = f"hydra_recipes-{hydra_recipes.__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{folder}/METADATA"))
    assert metadata["Name"] == "hydra-recipes"
    assert metadata["License-Expression"] == "MIT"
    assert f"{folder}/licenses/LICENSE" in wheel.namelist()
    entry_points = wheel.read(f"{folder}/entry_points.txt").decode()
    assert "recipe = hydra_recipes.cli.main:run" in entry_points
