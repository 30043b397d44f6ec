"""What ``check`` says of overrides, for tests that hold it against the facts of a method."""

from hydra_recipes import check, compose

PATHS = ["data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out"]


def told(words: str) -> set[tuple[str, str]]:
    """The severities and rules of the findings about a recipe.

    On HyperPod, data and output are there.
    """
    given = words.split()
    paths = [] if "platform=training-job" in given else PATHS
    return {(one.severity, one.rule) for one in check(compose([*paths, *given])).findings}


def each(template: str, values: str) -> list[str]:
    """The template once for each of the values, which stand for its ``{}``."""
    return [template.format(value) for value in values.split()]


def rows(severity: str, rule: str, *overrides: str) -> list[tuple[str, str, str]]:
    """(overrides, severity, rule) of several that are told the same of."""
    return [(one, severity, rule) for one in overrides]
