"""A library that is installed from a real wheel: locked, rebuilt with one change, and compared."""

import json
import os

import pytest

from support.library_wheels import build_wheel, install
from support.team_libraries import ACME

BOT = ("+preset=acme/support_bot", "platform=training-job")
LITE = ACME["model/acme-lite"]


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Two directories of packages: the second has the wheel that was rebuilt with one change."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not here")
    root = tmp_path_factory.mktemp("wheels")
    changed = {**ACME, "model/acme-lite": LITE.replace("replicas: 8", "replicas: 16")}
    for site, files in (("first", ACME), ("second", changed)):
        wheel = build_wheel(root / f"{site}-project", "acme-recipes", "1.2.3", files)
        install(wheel, root / site)
    return root / "first", root / "second"


def test_a_rebuilt_wheel_is_refused_by_the_lock_and_told_by_diff(sites, tmp_path, recipe_process):
    first, second = ({"PYTHONPATH": f"{site}:{os.environ.get('PYTHONPATH', '')}"} for site in sites)
    assert recipe_process("library", "lock", **first).status == 0
    lock = (tmp_path / "recipes.lock").read_text()
    assert 'version = "1.2.3"\nsource = { package = "acme_recipes" }\n' in lock
    ran = recipe_process("compose", *BOT, "--locked", **first)
    assert ran.status == 0
    assert ran.out.startswith("# recipe compose --lock ")
    assert recipe_process("compose", *BOT, "--locked", **first).out == ran.out
    refused = recipe_process("compose", *BOT, "--locked", **second)
    assert (refused.status, refused.out, refused.err.count("\n")) == (2, "", 1)
    file = sites[1] / "acme_recipes" / "conf" / "model" / "acme-lite.yaml"
    assert f"{file} has changed since recipes.lock was written" in refused.err
    words = ("library", "diff", str(sites[0] / "acme_recipes"), "acme-recipes", "--json")
    told = recipe_process(*words, **second)
    assert told.status == 1
    (effect,) = json.loads(told.out)["effects"]
    optimizer = "optimizer=distributed_fused_adam"
    assert effect["name"] == f"model=acme-lite {optimizer} method=sft peft=lora hardware=p5"
    assert [(one["key"], one["old"], one["new"]) for one in effect["operations"]] == [
        ("run.replicas", 8, 16)
    ]
    assert json.loads(told.out)["rules"] == []
