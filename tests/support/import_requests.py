"""Requests for recipes to import: offered points, parts of the library, and keys."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from hydra_recipes import compose
from hydra_recipes.composing.spelling import spell_value
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries

settings.register_profile(
    "import",
    max_examples=int(os.environ.get("LAW_EXAMPLES", "10")),
    suppress_health_check=list(HealthCheck),
)

POINTS = sorted(
    {
        tuple(f"{group}={point[group]}" for group in ("model", "peft", "hardware"))
        for offer in rule_book(active_libraries()).offers
        if "sft" in dict(offer.groups)["method"]
        for point in offer.combinations()
    }
)
PARTS = [
    "platform=training-job", "~tracking", "+exp_manager=logging", "+exp_manager=checkpoints",
    "+exp_manager=early_stopping", "+trainer=steps", "+mm_cfg=frozen_projectors",
    "+training_validation=loader", "+preset=quickstart_sft", "+preset=complete_sft",
    "+preset=complete_lora",
]  # fmt: skip
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8
)
BUCKET = st.sampled_from(["s3://acme/train.jsonl", "s3://acme/a b/t'\"x=,{}.jsonl", ""])
VALUES = {
    "run.name": st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    "run.replicas": st.sampled_from([1, 2, 4, 8, 6, 12, 16]),
    "run.data_s3_path": BUCKET,
    "run.output_s3_path": st.sampled_from(["s3://acme/out", "s3://acme/${x}", "s3://acme/\\"]),
    "mlflow_experiment_name": TEXT,
    "mlflow_run_name": TEXT | st.just("my-lora-run"),
    "max_length": st.sampled_from([1024, 4096, 8192, 32768, 65536]),
    "global_batch_size": st.sampled_from([16, 32, 64, 128]),
    "lr": st.sampled_from([1e-5, 5e-6, 2e-6, 1e-4, 0.001]),
    "min_lr": st.sampled_from([1e-6, 5e-7, 0, 0.0]),
    "weight_decay": st.sampled_from([0.0, 0.1, 0, 1]),
    "max_epochs": st.sampled_from([1, 2, 3]),
    "warmup_steps": st.sampled_from([1, 10, 15]),
    "betas": st.sampled_from([[0.9, 0.999], [0.9, 0.95], [0, 1.0]]),
    "alpha": st.sampled_from([32, 64, 128]),
    "reasoning_enabled": st.booleans(),
    "save_steps": st.sampled_from([50, 100]),
}
LINKS = [
    "save_steps=${recipes.training_config.max_steps}", "mlflow_experiment_name=$<.name>",
    "mlflow_run_name=$<recipes.run.name>", "mlflow_run_name=$<.name>-$<.replicas>",
    "run.name=$<.model_type>", "min_lr=$<..weight_decay>",
]  # fmt: skip
DROPPED = [
    "~global_batch_size",
    "~mlflow_run_name",
    "~mlflow_experiment_name",
    "~validation_data_s3_path",
    "~save_top_k",
]
ADDED = [
    "+validation_data_s3_path=s3://acme/val.jsonl", "+trainer.max_steps=10", "+micro_batch_size=1",
    "+exp_manager.exp_dir=null", "+save_steps=7", "+mm_cfg={llm:{freeze:true}}",
]  # fmt: skip


@st.composite
def requests(draw):
    """Overrides: an offered point, perhaps parts of the library, and keys."""
    texts = list(draw(st.sampled_from(POINTS)))
    first = "model=nova-2-lite" not in texts  # a preset of the first generation makes it a chimera
    parts = [part for part in PARTS if first or not part.startswith("+preset")]
    texts += draw(
        st.lists(st.sampled_from(parts), max_size=2, unique_by=lambda one: one.split("=")[0])
    )
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True))
    for key in keys:
        value = draw(VALUES[key])
        texts.append(f"{key}={spell_value(value)}")
    texts += draw(st.lists(st.sampled_from([*LINKS, *DROPPED, *ADDED]), max_size=2, unique=True))
    return tuple(texts)


def composed(texts):
    """What the overrides compose, without those that can't be applied."""
    while True:
        try:
            return compose(texts)
        except OverrideError as error:
            refused = getattr(error.detail, "override", texts[-1])
            texts = tuple(text for text in texts if text != refused)
