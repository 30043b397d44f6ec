"""Reinforcement fine-tuning of the second generation: Nova 2 Lite, on HyperPod or a training job.

A Lambda function scores the model's answers. The two platforms name and group keys differently.
"""

from __future__ import annotations

from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.nova_2_sft import LoraTuning
from hydra_recipes.families.parts import Root, RunStart, Tracking


class RunData(RunStart):
    """What is trained, and on what data."""

    data_s3_path: str = optional("training data")
    output_s3_path: str = optional("where checkpoints and metrics are written")
    replicas: int = key("number of instances that train together")


class HyperpodPlacement(RunData):
    """What is trained, where, and on what data: the keys of a run before MLflow's."""

    generation_replicas: int = key("number of instances on which the model answers")
    rollout_worker_replicas: int = key("number of workers that have answers scored")
    reward_lambda_arn: str = key("Lambda function that scores answers")


class HyperpodRun(Tracking, HyperpodPlacement):
    """What is trained, where, and on what data, and how it is tracked."""


class TrainingJobRun(RunData):
    """What is trained, where, and on what data."""

    reward_lambda_arn: str = key("Lambda function that scores answers")


class Data(Section):
    """How training data are read."""

    shuffle: bool = optional("whether samples are shuffled")


class RolloutStrategy(Section):
    """How answering and training take turns."""

    type: str = key("how answering and training take turns, such as off_policy_async")
    age_tolerance: int = key("oldest weights whose answers are trained on, in steps")


class AdvantageStrategy(Section):
    """How answers are compared."""

    number_generation: int = key("answers per prompt that are compared with each other")


class Generator(Section):
    """How the model answers while it is trained."""

    max_new_tokens: int = key("longest answer, in tokens")
    set_random_seed: bool = key("whether sampling is seeded")
    temperature: float = key("randomness of sampling; 0 for none")
    top_k: int = key("number of likeliest tokens that are sampled from")


class ApiEndpoint(Section):
    """The Lambda function that scores answers."""

    lambda_arn: str = key("ARN of the function")
    lambda_concurrency_limit: int = key("calls of the function at the same time, at most")


class Rewards(Section):
    """Where rewards come from."""

    api_endpoint: ApiEndpoint = key("Lambda function that scores answers")


class Rollout(Section):
    """How answers are made and scored."""

    advantage_strategy: AdvantageStrategy = key("how answers are compared")
    generator: Generator = key("how the model answers")
    rewards: Rewards = key("where rewards come from")


class Turns(Section):
    """How answering and training take turns; on HyperPod only."""

    rollout_strategy: RolloutStrategy = key("how answering and training take turns")


class HyperpodRollout(Rollout, Turns):
    """How answers are made and scored on HyperPod."""


class OptimConfig(Section):
    """The optimizer: Adam."""

    lr: float = key("learning rate")
    weight_decay: float = key("weight decay")
    adam_beta1: float = key("decay rate of the first moment estimate")
    adam_beta2: float = key("decay rate of the second moment estimate")


class HyperpodLoraTuning(Section):
    """The low-rank adapters on HyperPod."""

    alpha: int = key("scale of the adapters' output")
    loraplus_lr_ratio: float = key("how many times faster the B matrices learn (LoRA+)")


class HyperpodPeft(Section):
    """Parameter-efficient fine-tuning on HyperPod."""

    peft_scheme: str | None = key("lora for adapters; full rank has no peft at all")
    lora_tuning: HyperpodLoraTuning = optional("low-rank adapters")


class TrainingJobPeft(Section):
    """Parameter-efficient fine-tuning in a training job."""

    peft_scheme: str | None = key("lora for adapters, null for full rank")
    lora_tuning: LoraTuning = optional("low-rank adapters")


class Steps(Section):
    """How long training runs."""

    max_steps: int = key("optimizer steps to train for")
    save_steps: int = optional("steps between checkpoints")


class HyperpodTrainer(Steps):
    """How the model is trained on HyperPod."""

    save_top_k: int = optional("how many checkpoints are kept")
    refit_freq: int = key("steps between updates of the weights that the model answers with")
    clip_ratio_high: float = key("how far above 1 the ratio of new to old probability may be")
    ent_coeff: float = key("weight of the entropy of the answers; more explores more")
    loss_scale: float = key("factor that the loss is multiplied by")
    optim_config: OptimConfig = key("optimizer")
    peft: HyperpodPeft = optional("parameter-efficient fine-tuning; left out for full rank")


class TrainingJobTrainer(Steps):
    """How the model is trained in a training job."""

    ent_coeff: float = key("weight of the entropy of the answers; more explores more")
    kl_loss_coef: float = key("weight of the divergence from the starting model in the loss")
    optim_config: OptimConfig = key("optimizer")
    peft: TrainingJobPeft = key("parameter-efficient fine-tuning")


class Samples(Section):
    """What is sampled from the model."""

    max_length: int = key("longest sample, in tokens: prompt and answer")
    global_batch_size: int = optional("samples per optimizer step, over all instances")
    reasoning_effort: str | None = optional("how long the model reasons; null for not at all")


class HyperpodTrainingConfig(Samples):
    """How training goes on HyperPod."""

    data: Data = optional("how training data are read")
    rollout: HyperpodRollout = key("how answers are made and scored")
    trainer: HyperpodTrainer = key("how the model is trained")


class TrainingJobTrainingConfig(Samples):
    """How training goes in a training job."""

    rollout: Rollout = key("how answers are made and scored")
    trainer: TrainingJobTrainer = key("how the model is trained")


class RftHyperpod(Root):
    """A recipe for reinforcement fine-tuning of a second-generation Nova model on HyperPod."""

    run: HyperpodRun = key("what is trained, where, and on what data")
    training_config: HyperpodTrainingConfig = key("how training goes")


class RftTrainingJob(Root):
    """A recipe for reinforcement fine-tuning of a second-generation Nova model, as a job."""

    run: TrainingJobRun = key("what is trained, where, and on what data")
    training_config: TrainingJobTrainingConfig = key("how training goes")
