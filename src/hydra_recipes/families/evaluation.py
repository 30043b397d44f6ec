"""Evaluation of a model of either generation: by a benchmark, a judge, or rewards."""

from __future__ import annotations

from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.parts import Root, RunStart, Tracking


class Placement(RunStart):
    """What is evaluated, where, and on what data: the keys of a run before MLflow's."""

    model_type: str = key("model that is evaluated")
    replicas: int = key("number of instances")
    data_s3_path: str = optional("data to evaluate on; empty for a benchmark's own")
    output_s3_path: str = optional("where results are written")


class Run(Tracking, Placement):
    """What is evaluated, where, and on what data, and how it is tracked."""


class Task(Section):
    """What is measured."""

    task: str = key("benchmark, or kind of evaluation")
    strategy: str = key("how questions are put")
    metric: str = key("what is measured of the answers")
    subtask: str = optional("part of the benchmark; empty for the whole")


class Inference(Section):
    """How the model answers."""

    max_new_tokens: int = optional("longest answer, in tokens")
    top_k: int = key("number of likeliest tokens that are sampled from; -1 for all")
    top_p: float = key("share of probability that tokens are sampled from")
    temperature: float = key("randomness of sampling; 0 for none")
    top_logprobs: int = key("number of likeliest tokens whose log probabilities are given")


class Processing(Section):
    """A step of the processor."""

    enabled: bool = key("whether the step is done")


class Processor(Section):
    """The Lambda function that scores answers."""

    lambda_arn: str = key("ARN of the function; empty for none")
    lambda_type: str = key("what the function is for: rft or custom_metrics")
    preprocessing: Processing = key("what is done to a sample before the model answers")
    postprocessing: Processing = key("what is done to an answer after")
    aggregation: str = key("how the scores of all samples become one")


class RlEnv(Section):
    """The rewards of reinforcement fine-tuning."""

    reward_lambda_arn: str = key("Lambda function that scores answers")


class Evaluation(Root):
    """A recipe for evaluating a first-generation Nova model."""

    run: Run = key("what is evaluated, where, and on what data")
    evaluation: Task = key("what is measured")
    inference: Inference = key("how the model answers")
    processor: Processor = optional("Lambda function that scores answers")
    rl_env: RlEnv = optional("rewards of reinforcement fine-tuning")


class Nova2Inference(Inference):
    """How a second-generation model answers."""

    reasoning_effort: str | None = optional("how long the model reasons; null for not at all")


class PresetReward(Section):
    """A reward function of Nova's own."""

    preset_reward_function: str = optional("reward function of Nova's own; empty for none")


class Nova2Processor(Processor, PresetReward):
    """What scores a second-generation model's answers."""


class Nova2Evaluation(Evaluation):
    """A recipe for evaluating a second-generation Nova model."""

    inference: Nova2Inference = key("how the model answers")
    processor: Nova2Processor = optional("what scores answers")
