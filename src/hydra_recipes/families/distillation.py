"""Distillation: a teacher, Nova Premier or Pro, answers prompts that a student is trained on.

Every number of these recipes is a text.
"""

from __future__ import annotations

from hydra_recipes.families.base import Section, key, optional
from hydra_recipes.families.parts import Root, RunStart


class Run(RunStart):
    """Which teacher answers."""

    model_type: str = key("teacher, the model that answers")
    model_name_or_path: str = key("weights of the teacher; empty for the released ones")


class TrainingConfig(Section):
    """Which prompts are answered, and how."""

    distillation_data: str = key("the text true: data for distillation are made")
    maxNumberOfPrompts: str = key("number of prompts, at most")
    maxResponseLength: str = key("longest answer, in tokens")
    minNumberOfPrompts: str = key("number of prompts, at least")
    maxInputFileSizeInGB: str = key("largest file of prompts, in gigabytes")
    maxLineLengthInKB: str = key("longest line in a file of prompts, in kilobytes")
    maxStudentModelFineTuningContextLengthInTokens: str = key(
        "longest sample that the student is trained on, in tokens"
    )
    teacherModelId: str = key("id of the teacher in Amazon Bedrock")
    temperature: str = key("randomness of the teacher's answers; 0 for none")
    top_p: str = key("share of probability that the teacher's tokens are sampled from")
    customer_bucket: str = optional("S3 bucket that holds the customer's data")
    kms_key: str = optional("key that encrypts the data; empty for none")


class Distillation(Root):
    """A recipe for making a student's training data with a teacher."""

    run: Run = key("which teacher answers")
    training_config: TrainingConfig = key("which prompts are answered, and how")
