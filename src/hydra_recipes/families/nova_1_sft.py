"""Supervised fine-tuning of the first generation: Nova Micro, Lite and Pro."""

from __future__ import annotations

from hydra_recipes.families import nova_1
from hydra_recipes.families.base import key, optional
from hydra_recipes.families.parts import DataMixing, Root


class Model(nova_1.Adaptation, nova_1.Model):
    """The model, its optimizer and its adapters."""


class TrainingConfig(nova_1.TrainingConfig):
    """How training goes."""

    model: Model = key("model, optimizer and adapters")
    data_mixing: DataMixing = optional("Nova's own data beside the customer's")


class Nova1Sft(Root):
    """A recipe for supervised fine-tuning of a first-generation Nova model."""

    run: nova_1.Run = key("what is trained, where, and on what data")
    training_config: TrainingConfig = key("how training goes")
    data_mixing: DataMixing = optional("Nova's own data beside the customer's")
