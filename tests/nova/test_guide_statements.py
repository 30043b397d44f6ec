"""The SFT guide, statement by statement: each is held as the facts say it is."""

import re
from itertools import chain

import pytest

from hydra_recipes import check, compose
from support.places import SHARED

FACTS = SHARED / "nova-facts.md"
QUICK = "+preset=quickstart_sft"
ELSEWHERE = ("when handing over", "with the data set")
"""Where a statement is told that no recipe can break by itself."""

HELD = {
    "three model types": [
        ("model_type=amazon.nova-maxi-v1:0:128k", "error", "nova-micro-type"),
        ("model_name_or_path=nova-maxi/prod", "error", "nova-micro-weights"),
        ("model_name_or_path=nova-lite/prod", "error", "nova-micro-weights"),
        ("model_name_or_path=s3:/acme/job", "error", "checkpoint-path"),
    ],
    "replicas: micro": [
        ("replicas=3", "error", "nova-micro-replicas"),
        ("model=nova-lite replicas=2", "error", "nova-lite-replicas"),
        ("model=nova-pro replicas=8", "error", "nova-pro-replicas"),
    ],
    "data is one JSONL file": [
        ("data_s3_path=s3://acme/train.csv", "error", "s3-data"),
        ("+validation_data_s3_path=s3://acme/", "error", "s3-data"),
    ],
    "data lies in a bucket": [
        ("data_s3_path=s3://customer-escrow-1/train.jsonl", "error", "s3-own-bucket"),
        ("data_s3_path=s3://jumpstart-cache-prod/train.jsonl", "error", "s3-own-bucket"),
    ],
    "the data format is Converse": [],
    "max_length at most": [("max_length=66560", "error", "nova-1-length")],
    "max_epochs at most": [("max_epochs=6", "error", "nova-1-epochs")],
    "max_epochs or max_steps": [("+trainer.max_steps=100", "warning", "epochs-and-steps")],
    "dropouts 0 to 1": [
        *((f"{one}_dropout=1.5", "error", "nova-1-dropout") for one in ("hidden", "ffn")),
        ("attention_dropout=0.3", "warning", "nova-1-dropout-usual"),
    ],
    "lr 1e-6 to 1e-3": [
        ("peft=full lr=2e-3", "error", "nova-1-full-lr"),
        ("peft=full lr=9e-7 min_lr=1e-7", "error", "nova-1-full-lr"),
        ("peft=lora lr=1.5", "error", "nova-1-lora-lr"),
        ("lr=2e-4", "warning", "nova-1-lr-usual"),
    ],
    "the optimizer is": [("optim.name=adamw", "error", "nova-1-optimizer")],
    "weight decay": [("weight_decay=0.2", "warning", "nova-1-weight-decay-usual")],
    "warmup_steps 1 to 20": [
        ("warmup_steps=0", "error", "nova-1-warmup"),
        ("warmup_steps=21", "error", "nova-1-warmup"),
    ],
    "min_lr 0 to 1": [
        ("min_lr=-1e-6", "error", "min-lr"),
        ("lr=1e-5 min_lr=1e-5", "error", "min-lr-below-lr"),
    ],
    "peft_scheme lora": [
        ("peft=lora peft_scheme=qlora", "error", "lora-scheme"),
        ("peft=lora alpha=100", "error", "lora-alpha"),
        ("peft=lora adapter_dropout=1.5", "error", "nova-1-adapter-dropout"),
    ],
    "metrics can't be published": [
        ("+exp_manager=logging create_wandb_logger=true", "warning", "wandb")
    ],
    "intermediate checkpoints": [
        (f"{QUICK} peft=full save_top_k=2", "warning", "checkpoints-kept"),
        (f"{QUICK} peft=full save_steps=15", "warning", "checkpoints-before-the-last"),
    ],
    '"Region not found"': [],
}


def rows():
    """The rows of the table: the statement, and how it is held."""
    if not FACTS.exists():
        pytest.skip("the facts (shared/nova-facts.md) are not here")
    section = FACTS.read_text(encoding="utf-8").partition("## 6. ")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return [row for row in found if row[0] != "statement"]


def test_every_statement_has_a_case_and_every_case_a_statement():
    found = rows()
    assert found
    begun = {start: [row for row, _ in found if row.startswith(start)] for start in HELD}
    assert {start: len(same) for start, same in begun.items()} == dict.fromkeys(HELD, 1)
    assert [row for row, _ in found if not row.startswith(tuple(HELD))] == []


def test_each_statement_is_held_as_gravely_as_it_says():
    for row, how in rows():
        cases = next(cases for start, cases in HELD.items() if row.startswith(start))
        grave = {severity for _, severity, _ in cases}
        wanted = {one for one in ("error", "warning") if re.search(rf"\b{one}\b", how)}
        if re.search(r"\bhint\b|\balpha by its list\b", how):
            wanted.add("error" if "list" in how else "warning")  # a hint is told as a warning
        assert grave == wanted, row
        assert cases or any(place in how for place in ELSEWHERE), row


@pytest.mark.parametrize("peft", ["lora", "full"])
@pytest.mark.parametrize(("words", "severity", "rule"), [*chain.from_iterable(HELD.values())])
def test_what_breaks_a_statement_is_told(words, severity, rule, peft):
    typed = words.split()
    if any(word.startswith("peft=") for word in typed) and f"peft={peft}" not in typed:
        pytest.skip("a statement about the other of the two")
    fixed = [] if f"peft={peft}" in typed else [f"peft={peft}"]
    report = check(compose([*fixed, *typed]))
    assert (severity, rule) in {(one.severity, one.rule) for one in report.findings}
    wrong = {one.rule for one in report.findings if one.severity == "error"}
    assert wrong <= ({rule} if severity == "error" else set())
    assert all(one.source for one in report.findings if one.rule == rule)


@pytest.mark.parametrize(
    "words",
    [
        "model_name_or_path=s3://customer-escrow-1/job-1/outputs/checkpoints",
        "model=nova-lite replicas=32",
        "max_length=65536",
        "max_epochs=5",
        "lr=1e-4",
        "peft=full lr=1e-6 min_lr=1e-7",
        "warmup_steps=20",
        "weight_decay=0.1",
        "hidden_dropout=0.2",
    ],
)
def test_what_the_guide_allows_is_valid(words):
    assert check(compose(words.split())).valid
