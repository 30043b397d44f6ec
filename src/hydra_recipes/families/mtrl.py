"""Multi-turn reinforcement learning: Nova 2 Lite learns with adapters what takes several turns."""

from __future__ import annotations

from hydra_recipes.families.base import Section, key
from hydra_recipes.families.parts import Root


class Run(Section):
    """What is run."""

    name: str = key("name of the run")
    model_type: str = key("kind of run: mtrl")


class Batch(Section):
    """How many trajectories are taken at once."""

    training_batch_size: int = key("prompts per optimizer step")
    group_size: int = key("trajectories per prompt that are compared with each other")
    val_batch_size: int | None = key("prompts per validation; null for all")
    val_group_size: int = key("trajectories per prompt in a validation")
    val_random_sample: bool = key("whether the prompts of a validation are drawn at random")


class Learning(Section):
    """How trajectories become a loss."""

    advantage_method: str = key("how a trajectory is compared with others")
    advantage_normalization: bool = key("whether advantages are scaled to the same spread")
    gamma: float = key("discount factor of later rewards; 1 for no discount")
    loss_fn: str = key("loss function")
    clip_low_threshold: float = key(
        "lowest ratio of new to old probability; lower ones are clipped"
    )
    clip_high_threshold: float = key(
        "highest ratio of new to old probability; higher ones are clipped"
    )


class Sampling(Section):
    """How the model answers."""

    temperature: float = key("randomness of sampling; 0 for none")
    top_p: float = key("share of probability that tokens are sampled from")
    max_tokens: int = key("longest answer in a turn, in tokens")


class ValidationMetrics(Section):
    """What a validation measures."""

    pass_k_values: list[int] = key("numbers of attempts of which one must succeed (pass@k)")
    success_threshold: float = key("reward from which an attempt succeeds")


class Schedule(Section):
    """How long training runs, and how often it saves and validates."""

    epochs: int = key("passes over the training data")
    max_steps: int = key("optimizer steps to train for, at most")
    save_every: int = key("steps between checkpoints")
    val_every: int = key("steps between validations")
    val_at_start: bool = key("whether the model is validated before it is trained")


class Model(Section):
    """The model, its adapters and its optimizer."""

    model_name: str = key("model that is trained")
    max_sequence_length: int = key("longest trajectory, in tokens")
    lora_rank: int = key("rank of the adapters")
    lora_alpha: int = key("scale of the adapters' output")
    learning_rate: float = key("learning rate")
    adam_beta1: float = key("decay rate of the first moment estimate")
    adam_beta2: float = key("decay rate of the second moment estimate")
    adam_eps: float = key("term added to the denominator for stability")
    weight_decay: float = key("weight decay")
    grad_clip_norm: float = key("gradient norm above which gradients are clipped")
    lora_plus_lr_ratio: float = key("how many times faster the B matrices learn (LoRA+)")


class Rollout(Section):
    """How trajectories are run."""

    max_concurrency: int = key("trajectories that run at the same time, at most")
    timeout: float = key("seconds after which a trajectory is given up")
    max_retries: int = key("attempts at a trajectory that failed, at most")
    rollout_tps: int = key("rate of rollouts, in transactions per second")


class AsyncConfig(Section):
    """How far trajectories may be behind training."""

    max_steps_off_policy: int = key("how many steps old the weights of a trajectory may be")


class DataFilter(Section):
    """Which trajectories are left out."""

    max_filter_rate: float = key("share of trajectories that may be left out")
    max_repeated_tokens: int = key("repetitions of a token, at most")
    max_ngram_size: int = key("longest run of tokens looked for in repetitions")


class Mtrl(Root):
    """A recipe for multi-turn reinforcement learning of a second-generation Nova model."""

    run: Run = key("what is run")
    batch: Batch = key("how many trajectories are taken at once")
    rl: Learning = key("how trajectories become a loss")
    sampling_params: Sampling = key("how the model answers in training")
    val_sampling_params: Sampling = key("how the model answers in validation")
    val_metrics_config: ValidationMetrics = key("what a validation measures")
    schedule: Schedule = key("how long training runs")
    model: Model = key("model, adapters and optimizer")
    rollout: Rollout = key("how trajectories are run")
    async_config: AsyncConfig = key("how far trajectories may be behind training")
    data_filter: DataFilter = key("which trajectories are left out")
