"""The least that a Hydra app can do with the library, for ``recipe compose`` to be held against."""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

# Hydra 1.3 asks for a version base, Hydra 1.4 warns of one.
OPTIONS = {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}


@hydra.main(config_path="../conf", config_name="config", **OPTIONS)
def app(config: DictConfig) -> None:
    """Does nothing: the config is composed."""


if __name__ == "__main__":
    app()
