"""Direct preference optimization of the first generation: Nova Micro, Lite and Pro."""

from __future__ import annotations

from hydra_recipes.families import nova_1
from hydra_recipes.families.base import Section, key
from hydra_recipes.families.parts import Root


class DpoConfig(Section):
    """The loss over pairs of a preferred and a rejected answer."""

    beta: float = key("how strongly the model is held to the one it started from")


class PreferenceModel(nova_1.Model):
    """The model, its optimizer and its loss."""

    dpo_cfg: DpoConfig = key("loss over pairs of answers")


class Model(nova_1.Adaptation, PreferenceModel):
    """The model, its optimizer, its loss and its adapters."""


class TrainingConfig(nova_1.TrainingConfig):
    """How training goes."""

    model: Model = key("model, optimizer, loss and adapters")


class Nova1Dpo(Root):
    """A recipe for direct preference optimization of a first-generation Nova model."""

    run: nova_1.Run = key("what is trained, where, and on what data")
    training_config: TrainingConfig = key("how training goes")
