"""Small libraries that tests build, and the surroundings that name them."""

import shutil
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from hydra_recipes.library.model import Library, builtin

ACME_LITE = """\
# @package recipes.run
# Acme's Lite: on eight instances.
defaults:
  - /model/nova-lite
  - _self_
replicas: 8
"""
ACME_RULES = """\
offers:
  - model: acme-lite
    generation: nova-1
    optimizer: distributed_fused_adam
    method: sft
    peft: lora
    hardware: [p5]
limits:
  acme-bucket:
    keys: {data_s3_path: {pattern: "^(s3://acme/.*)?$"}}
    because: Our data are in our own bucket.
    source: our platform team
"""
SUPPORT_BOT = """\
# @package _global_
# Acme's support bot.
defaults:
  - _self_
  - override /model: nova-lite
recipes:
  run:
    name: support-bot
    replicas: 8
"""
LOOK = """\
# Acme's first look.
axes:
  lr: [1.0e-05, 2.0e-05]
"""
ACME = {
    "model/acme-lite": ACME_LITE,
    "rules/acme": ACME_RULES,
    "preset/acme/support_bot": SUPPORT_BOT,
    "sweep/acme/look": LOOK,
}


def write_library(root: Path, files: dict[str, str]) -> Path:
    """Writes the files of a library; their names are without the ending."""
    for name, text in files.items():
        path = root / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def small_builtin(root: Path, pefts: Sequence[str] = ("lora",), hardware: Any = "p5") -> Library:
    """The built-in library with two offers, one preset and no sweep: quickly gone through."""
    shutil.copytree(builtin().root, root)
    for name in ("exp_manager", "trainer", "mm_cfg", "training_validation", "sweep"):
        shutil.rmtree(root / name)
    for name in ("preset/quickstart_sft", "preset/complete_sft"):
        (root / f"{name}.yaml").unlink()
    file = root / "rules" / "offers.yaml"
    offers = yaml.safe_load(file.read_text(encoding="utf-8"))["offers"]
    kept = [
        {**one, "hardware": hardware}
        for one in offers
        if one["method"] == "sft"
        and one["peft"] in pefts
        and one["model"] in ("nova-micro", "nova-lite")
    ]
    file.write_text(yaml.safe_dump({"offers": kept}), encoding="utf-8")
    return Library("nova", root, "built-in")


def take_for_builtin(library: Library, put: Callable[..., None] = setattr) -> None:
    """Puts a library in force in place of the built-in one; ``put`` is one that takes it back."""
    for module in ("sources.active", "sources.locating", "library_tools.diff.versions"):
        put(import_module(f"hydra_recipes.{module}"), "builtin", lambda: library)


def marked(name: str) -> dict[str, str]:
    """A library of one preset of its own name, and another that any of them may have."""
    text = f"# @package _global_\nrecipes: {{run: {{name: {name}}}}}\n"
    shadows = "shadows: [preset/same]\n"
    return {f"preset/{name}/own": text, "preset/same": text, f"rules/{name}": shadows}


def write_package(site: Path, package: str, files: dict[str, str], distribution: str = "") -> Path:
    """A package as it is installed; with a distribution, one that declares a library."""
    root = site / package
    write_library(root / "conf", files)
    root.mkdir(parents=True, exist_ok=True)
    (root / "__init__.py").write_text(f"open({str(site / 'ran')!r}, 'w').close()\n")
    if distribution:
        metadata = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.2.3\n")
        (metadata / "entry_points.txt").write_text(
            f"[console_scripts]\nx = y:z\n\n[hydra_recipes.libraries]\nlibrary = {package}\n"
        )
    return root


def on_path(monkeypatch, site: Path) -> None:
    """Puts a directory of packages on Python's path."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
