"""Proximal policy optimization of the first generation: Nova Micro, Lite and Pro.

Five parts run beside each other, each on instances of its own: the actor that answers, the actor
that is trained, and three models that judge the answers.
"""

from __future__ import annotations

from hydra_recipes.families import nova_1
from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.parts import Root, RunStart, Tracking


class Placement(RunStart):
    """What is trained, where, and on what data: the keys of a run before MLflow's."""

    data_s3_path: str = optional("training data")
    output_s3_path: str = optional("where checkpoints and metrics are written")
    actor_train_replicas: int = key("number of instances that train the actor")
    rm_replicas: int = key("number of instances of the reward model")
    cm_replicas: int = key("number of instances of the critic model")
    actor_generation_replicas: int = key("number of instances on which the actor answers")
    am_replicas: int = key("number of instances of the anchor model")


class Run(Tracking, Placement):
    """What is trained, where, and on what data, and how it is tracked."""


class Trainer(Section):
    """The size of a part."""

    num_nodes: int = key("number of instances; the part's count of replicas under run")


class Batch(Section):
    """The samples that a part takes at once."""

    global_batch_size: int = key("samples per step, over all instances of the part")


class Optimizer(nova_1.Adam):
    """The optimizer, whose learning rate stays as it is."""

    betas: list[float] = key("decay rates of the two moment estimates")


class CriticModel(Batch):
    """The critic and its optimizer."""

    optim: Optimizer = key("optimizer")


class ActorLoss(Batch):
    """The loss that the actor is trained with."""

    ent_coeff: float = key("weight of the entropy of the answers; more explores more")
    clip_ratio: float = key("how far from 1 the ratio of new to old probability may be")
    lam: float = key("lambda of generalized advantage estimation")
    kl_loss_coeff: float = key("weight of the divergence from the anchor in the loss")
    kl_loss_type: str = key("how the divergence from the anchor is estimated")
    kl_reward_penalty_coeff: float = key("weight of the divergence that is taken off the reward")


class ActorModel(nova_1.Dropouts, ActorLoss):
    """The actor, its loss and its optimizer."""

    ffn_dropout: float = key("dropout of feed-forward layers")
    optim: Optimizer = key("optimizer")


class Judge(Section):
    """A model that judges answers and isn't trained: the reward model or the anchor."""

    max_length: int = key("longest sample, in tokens")
    trainer: Trainer = key("number of instances")
    model: Batch = key("batch size")


class Critic(Judge):
    """The model that learns what reward to expect."""

    model: CriticModel = key("batch size and optimizer")


class ActorGeneration(Section):
    """The actor as it answers."""

    actor_model_max_length: int = key("longest sample of the actor, in tokens")
    trainer: Trainer = key("number of instances")


class ActorTraining(Section):
    """The actor as it is trained."""

    max_length: int = key("longest sample, in tokens")
    max_steps: int = key("optimizer steps to train for")
    actor_model_max_length: int = key("longest sample of the actor, in tokens")
    reward_model_max_length: int = key("longest sample of the reward model, in tokens")
    trajectory_buffer_scale: int = key("size of the buffer of answers, in global batches")
    trainer: Trainer = key("number of instances")
    model: ActorModel = key("model, loss and optimizer")


class Ppo(Root):
    """A recipe for proximal policy optimization of a first-generation Nova model."""

    run: Run = key("what is trained, where, and on what data")
    ppo_reward: Judge = key("reward model, which scores answers")
    ppo_critic: Critic = key("critic, which learns what reward to expect")
    ppo_anchor: Judge = key("anchor, the model that the actor is held to")
    ppo_actor_generation: ActorGeneration = key("actor as it answers")
    ppo_actor_train: ActorTraining = key("actor as it is trained")
