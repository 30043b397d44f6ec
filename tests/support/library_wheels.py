"""Libraries as real wheels, built and installed as their users do it."""

import subprocess
import sys
from pathlib import Path

from support.team_libraries import write_library

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"

[project.entry-points."hydra_recipes.libraries"]
{package} = "{package}"

[tool.hatch.build.targets.wheel]
packages = ["src/{package}"]
"""


def build_wheel(root: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Builds the wheel of a library.

    Args:
        root: Where its project is written to; there must be none yet.
        name: The distribution's name.
        version: Its version.
        files: The files of the library, by their names without the ending.
    """
    package = name.replace("-", "_")
    source = root / "src" / package
    write_library(source / "conf", files)
    (source / "__init__.py").write_text("raise ImportError('a library is not imported')\n")
    text = PYPROJECT.format(name=name, version=version, package=package)
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    _run("hatchling", "build", "-t", "wheel", "-d", str(root / "dist"), cwd=root)
    (wheel,) = (root / "dist").glob("*.whl")
    return wheel


def install(wheel: Path, site: Path) -> None:
    """Installs a wheel into a directory of packages, in place of what it had of that name."""
    options = ("--quiet", "--no-deps", "--no-index", "--upgrade", "--disable-pip-version-check")
    _run("pip", "install", *options, "--target", str(site), str(wheel), cwd=site.parent)


def _run(module: str, *words: str, cwd: Path) -> None:
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
