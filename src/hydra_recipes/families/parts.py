"""Parts: sections that several families have in common."""

from __future__ import annotations

from typing import Any

from hydra_recipes.families.base import Section, key, optional


class RunStart(Section):
    """The first keys of a run: what is run."""

    name: str = key("name of the run")
    model_type: str = key("model that is fine-tuned")
    model_name_or_path: str = key("model weights: a released model, or the S3 path of a checkpoint")


class Tracking(Section):
    """The last keys of a run: how MLflow tracks it."""

    mlflow_tracking_uri: str = optional("MLflow tracking server; empty for none")
    mlflow_experiment_name: str = optional("MLflow experiment")
    mlflow_run_name: str = optional("name of the run in MLflow")


class CustomerData(Section):
    """The customer's own data in a mix."""

    percent: float = optional("percentage of the customer's own data in the mix")


class MixedSources(Section):
    """The sources of a mix of data."""

    customer_data: CustomerData = optional("the customer's own data")
    nova_data: dict[str, float] = optional("percentages of Nova's own data, by category")


class DataMixing(Section):
    """Nova's own data beside the customer's, for Forge customers."""

    dataset_catalog: str = optional("catalogue that Nova's own data are from")
    sources: MixedSources = optional("what is mixed")


class Root(Section):
    """The keys that HyperPod's schema accepts at the root of a recipe of any family."""

    display_name: str = optional("name that is shown for the recipe")
    version: Any = optional("version of the recipe's format")
    versions: Any = optional("versions of the recipe's format")
    recipe_version: Any = optional("version of the recipe")
    instance_types: list[str] = optional("instance types that the recipe is for")
    skip_recipe_validation: bool = optional("whether HyperPod leaves its own check out")
