"""Supervised fine-tuning of the second generation: Nova 2 Lite."""

from __future__ import annotations

from typing import Any

from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.parts import DataMixing, Root, RunStart, Tracking


class Placement(RunStart):
    """What is trained, where, and on what data: the keys of a run before MLflow's."""

    data_s3_path: str = optional("training data")
    validation_data_s3_path: str = optional("validation data")
    validation_data_s3_path_list: dict[str, Any] = optional("several validation data sets, by name")
    replicas: int = key("number of instances that train together")
    output_s3_path: str = optional("where checkpoints and metrics are written")


class Run(Tracking, Placement):
    """What is trained, where, and on what data, and how it is tracked."""


class LearningRateScheduler(Section):
    """The learning rate over time."""

    warmup_steps: int = key("steps over which the learning rate rises")
    min_lr: float = key("learning rate that the schedule falls to")


class OptimConfig(Section):
    """The optimizer: Adam."""

    lr: float = key("peak learning rate")
    weight_decay: float = key("weight decay")
    adam_beta1: float = optional("decay rate of the first moment estimate; 0.9 if left out")
    adam_beta2: float = optional("decay rate of the second moment estimate; 0.95 if left out")


class LoraTuning(Section):
    """The low-rank adapters."""

    alpha: int = key("scale of the adapters' output")
    lora_plus_lr_ratio: float = key("how many times faster the B matrices learn (LoRA+)")


class Peft(Section):
    """Parameter-efficient fine-tuning."""

    peft_scheme: str | None = key('lora for adapters, the word "null" for full rank')
    lora_tuning: LoraTuning = optional("low-rank adapters")


class ModelImportanceScore(Section):
    """How the trained weights are mixed with the released ones."""

    fine_tuned_model: float = key("share of the fine-tuned weights in the result")


class TrainingConfig(Section):
    """How training goes."""

    max_steps: int = key("optimizer steps to train for")
    save_steps: int = optional("steps between checkpoints")
    save_top_k: int = optional("how many checkpoints are kept")
    max_length: int = key("longest sample, in tokens")
    global_batch_size: int = optional("samples per optimizer step, over all instances")
    reasoning_enabled: bool = optional("whether the model is trained to reason before it answers")
    val_check_interval: int = optional("steps between validations")
    limit_val_batches: int = optional("batches per validation")
    lr_scheduler: LearningRateScheduler = key("learning-rate schedule")
    optim_config: OptimConfig = key("optimizer")
    peft: Peft = key("parameter-efficient fine-tuning")
    model_importance_score: ModelImportanceScore = optional("mix of trained and released weights")
    data_mixing: DataMixing = optional("Nova's own data beside the customer's")


class Nova2Sft(Root):
    """A recipe for supervised fine-tuning of a second-generation Nova model."""

    run: Run = key("what is trained, where, and on what data")
    training_config: TrainingConfig = key("how training goes")
    data_mixing: DataMixing = optional("Nova's own data beside the customer's")
