"""Continued pre-training of the first generation: Nova Micro, Lite and Pro.

All weights are trained, so there are no adapters.
"""

from __future__ import annotations

from hydra_recipes.families import nova_1
from hydra_recipes.families.base import key
from hydra_recipes.families.parts import Root


class Nova1Cpt(Root):
    """A recipe for continued pre-training of a first-generation Nova model."""

    run: nova_1.Run = key("what is trained, where, and on what data")
    training_config: nova_1.TrainingConfig = key("how training goes")
