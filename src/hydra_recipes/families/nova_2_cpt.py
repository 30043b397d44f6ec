"""Continued pre-training of the second generation: Nova 2 Lite.

The optimizer has the keys of the first generation's, but stands beside the model.
"""

from __future__ import annotations

from hydra_recipes.families import nova_1
from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.parts import Root


class Trainer(Section):
    """How long training runs and how often it validates."""

    max_steps: int = key("optimizer steps to train for")
    val_check_interval: int = optional("steps between validations")
    limit_val_batches: int = optional("batches per validation")


class OptimizerKind(Section):
    """Which optimizer it is."""

    optimizer: str = key("kind of optimizer")


class Optimizer(nova_1.Adam, OptimizerKind):
    """The optimizer and its schedule."""

    adam_beta1: float = key("decay rate of the first moment estimate")
    adam_beta2: float = key("decay rate of the second moment estimate")
    sched: nova_1.Schedule = key("learning-rate schedule")


class TrainingConfig(Section):
    """How training goes."""

    task_type: str = key("kind of training: cpt")
    max_length: int = key("longest sample, in tokens")
    global_batch_size: int = optional("samples per optimizer step, over all instances")
    trainer: Trainer = key("how long training runs")
    model: nova_1.Dropouts = key("dropouts of the model")
    optim: Optimizer = key("optimizer")


class Nova2Cpt(Root):
    """A recipe for continued pre-training of a second-generation Nova model."""

    run: nova_1.Run = key("what is trained, where, and on what data")
    training_config: TrainingConfig = key("how training goes")
