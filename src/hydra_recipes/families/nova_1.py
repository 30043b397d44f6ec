"""The first generation: sections that several methods of training Nova Micro, Lite and Pro have."""

from __future__ import annotations

from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.parts import RunStart, Tracking


class Placement(RunStart):
    """What is trained, where, and on what data: the keys of a run before MLflow's."""

    replicas: int = key("number of instances that train together")
    data_s3_path: str = optional("training data")
    validation_data_s3_path: str = optional("validation data")
    output_s3_path: str = optional("where checkpoints and metrics are written")


class Run(Tracking, Placement):
    """What is trained, where, and on what data, and how it is tracked."""


class CheckpointCallback(Section):
    """When checkpoints are kept."""

    monitor: str = optional("what decides which checkpoints are kept")
    save_top_k: int = optional("how many checkpoints are kept")
    mode: str = optional("whether the lowest (min) or highest (max) are kept")
    every_n_train_steps: int = optional("steps between checkpoints")
    save_last: bool = optional("whether the last state is saved too")


class EarlyStopping(Section):
    """When training stops by itself."""

    min_delta: float = optional("smallest change that counts as an improvement")
    mode: str = optional("whether lower (min) or higher (max) is better")
    monitor: str = optional("metric that is watched")
    patience: int = optional("validations without an improvement before training stops")


class ExperimentManager(Section):
    """Loggers, checkpoints and early stopping."""

    exp_dir: str | None = optional("directory of the experiment; null for the default")
    create_wandb_logger: bool = optional("whether to log to Weights & Biases")
    create_tensorboard_logger: bool = optional("whether to log to TensorBoard")
    project: str | None = optional("project that loggers report to")
    name: str | None = optional("experiment name that loggers report")
    checkpoint_callback_params: CheckpointCallback = optional("when checkpoints are kept")
    create_early_stopping_callback: bool = optional("whether training may stop early")
    early_stopping_callback_params: EarlyStopping = optional("when training stops early")


class Trainer(Section):
    """How long training runs and how often it reports."""

    log_every_n_steps: int = optional("steps between log lines")
    max_epochs: int = optional("passes over the training data; -1 where max_steps decides")
    max_steps: int = optional("optimizer steps to train for")
    val_check_interval: int = optional("steps between validations")
    limit_test_batches: int = optional("batches per test run; 0 for no test")
    gradient_clip_val: float = optional("gradient norm above which gradients are clipped")
    num_nodes: int = optional("number of instances, as the trainer sees it")


class Schedule(Section):
    """The learning rate over time."""

    name: str = optional("learning-rate schedule")
    warmup_steps: int = key("steps over which the learning rate rises")
    constant_steps: int = key("steps at the end with the learning rate held at min_lr")
    min_lr: float = key("learning rate that the schedule falls to")


class Adam(Section):
    """The optimizer, less its decay rates."""

    lr: float = key("peak learning rate")
    name: str = key("optimizer")
    bucket_cap_mb: int = optional("size of a gradient bucket, in megabytes")
    contiguous_grad_buffer: bool = optional("whether gradients share one buffer")
    overlap_param_sync: bool = optional("whether parameter sync overlaps with compute")
    contiguous_param_buffer: bool = optional("whether parameters share one buffer")
    overlap_grad_sync: bool = optional("whether gradient sync overlaps with compute")
    adam_w_mode: bool = key("whether weight decay is decoupled, as in AdamW")
    eps: float = key("term added to the denominator for stability")
    weight_decay: float = key("weight decay")


class Optimizer(Adam):
    """The optimizer and its schedule."""

    betas: list[float] = key("decay rates of the two moment estimates")
    sched: Schedule = key("learning-rate schedule")


class LanguageModel(Section):
    """The language part of a multimodal model."""

    freeze: bool = optional("whether these weights are left as they are")


class Projector(Section):
    """A projector from pictures or video to the language model."""

    freeze: bool = optional("whether these weights are left as they are")
    require_newline: bool = optional("whether a newline token ends each row of patches")


class Multimodal(Section):
    """Which parts of a multimodal model are trained."""

    llm: LanguageModel = optional("language model")
    image_projector: Projector = optional("image projector")
    video_projector: Projector = optional("video projector")


class LoraTuning(Section):
    """The low-rank adapters."""

    loraplus_lr_ratio: float = key("how many times faster the B matrices learn (LoRA+)")
    alpha: int = key("scale of the adapters' output")
    adapter_dropout: float = key("dropout inside the adapters")


class Peft(Section):
    """Parameter-efficient fine-tuning."""

    peft_scheme: str | None = key("lora for adapters, null for full rank")
    lora_tuning: LoraTuning = optional("low-rank adapters")


class LoaderArguments(Section):
    """How data are loaded."""

    data_loader_workers: int = optional("worker processes that load data")
    prefetch_factor: int = optional("batches that each worker loads ahead")


class Loader(Section):
    """The data loader."""

    args: LoaderArguments = optional("settings of the data loader")


class CollatorArguments(Section):
    """How samples become batches."""

    force_image_at_turn_beginning: bool = optional("whether images move to the start of their turn")


class Collator(Section):
    """The collator."""

    args: CollatorArguments = optional("settings of the collator")


class TrainingValidation(Section):
    """How training and validation data are read."""

    loader: Loader = optional("data loader")
    collator: Collator = optional("collator")


class Dropouts(Section):
    """The dropouts that every model has."""

    hidden_dropout: float = key("dropout of hidden states")
    attention_dropout: float = key("dropout of attention weights")


class Model(Dropouts):
    """The model and its optimizer."""

    ffn_dropout: float = key("dropout of feed-forward layers")
    sequence_parallel: bool = optional("whether sequences are split across devices")
    optim: Optimizer = key("optimizer")
    mm_cfg: Multimodal = optional("which parts of a multimodal model are trained")


class Adaptation(Section):
    """The adapters of a model that is tuned to a task, and how its data are read."""

    peft: Peft = key("parameter-efficient fine-tuning")
    training_validation: TrainingValidation = optional("how training and validation data are read")


class TrainingConfig(Section):
    """How training goes."""

    max_length: int = key("longest sample, in tokens")
    save_steps: int = optional("steps between checkpoints")
    replicas: int = optional("number of instances, as the training script sees it")
    micro_batch_size: int = optional("samples per device and step")
    task_type: str = optional("kind of training")
    global_batch_size: int = optional("samples per optimizer step, over all instances")
    weights_only: bool = optional("whether checkpoints hold weights only")
    allow_percentage_invalid_samples: int = optional("percentage of samples that may be invalid")
    exp_manager: ExperimentManager = optional("loggers, checkpoints and early stopping")
    trainer: Trainer = key("how long training runs")
    model: Model = key("model and optimizer")
