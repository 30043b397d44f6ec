"""Loads recipe files with OmegaConf and resolves their links: what any reader has to do.

python benchmarks/load_recipes.py DIRECTORY
"""

from __future__ import annotations

import sys
from pathlib import Path

from omegaconf import OmegaConf

for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
    OmegaConf.to_container(OmegaConf.load(path), resolve=True)
