"""Loads recipe files with PyYAML's C loader, and does nothing else.

python benchmarks/load_yaml.py DIRECTORY
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
    with path.open("rb") as stream:
        yaml.load(stream, Loader=yaml.CSafeLoader)
