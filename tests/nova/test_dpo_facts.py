"""What the sources say about direct preference optimization, by example."""

import pytest

from support.facts import each, rows, told

PRO_P4D = "model=nova-pro peft=full hardware=p4d"
JOB = "platform=training-job"
G = "hardware=g5-12x"
FINE = [
    *each("beta={}", "0.001 0.05 0.1"),
    *each("model={}", "nova-micro nova-lite nova-pro"),
    *each("peft=full model={}", "nova-micro nova-lite nova-pro"),
    *each("run.replicas={}", "2 4 8"),
    *each("model=nova-lite run.replicas={}", "4 8 16"),
    *each("model=nova-pro run.replicas={}", "6 12 24"),
    *each("model=nova-pro hardware=p4d run.replicas={}", "12 24"),
    *each(PRO_P4D + " run.replicas={}", "12 24"),
    *each(f"{JOB} run.replicas={{}}", "1 2 4 8"),
    *each(f"{JOB} hardware=p4d run.replicas={{}}", "2 4 8"),
    *each(f"{JOB} model=nova-lite run.replicas={{}}", "1 4 8 16"),
    *each(f"{JOB} model=nova-lite peft=full run.replicas={{}}", "2 4 8 16"),
    *each(f"{JOB} model=nova-lite hardware=p4d run.replicas={{}}", "4 8 16"),
    *each(f"{JOB} model=nova-pro run.replicas={{}}", "3 6 12 24"),
    *each(f"{JOB} model=nova-pro peft=full run.replicas={{}}", "6 12 24"),
    f"{JOB} {PRO_P4D}",
    *each("max_length={}", "1024 16384 32768"),
    *each("hardware=p4d max_length={}", "1024 16384"),
    *each("hardware={}", "g5-12x g6-12x g5-48x g6-48x p5en p4d"),
    *each(f"{G} max_length={{}}", "1024 4096"),
    *each(f"{G} global_batch_size={{}}", "16 32 64"),
    *each("global_batch_size={}", "16 32 64 128 256"),
    *each("hardware=p4d peft=full model=nova-lite global_batch_size={}", "16 256"),
    *each("model=nova-pro global_batch_size={}", "16 32 64 128"),
    "lr=1e-4",
    "lr=1e-6 min_lr=1e-7",
    "min_lr=9.99e-6",
    *each("warmup_steps={}", "1 20"),
    *each("weight_decay={}", "0 1"),
    *each("betas={}", "[0,1]"),
    *each("eps={}", "1e-10 1e-6"),
    *each("hidden_dropout={}", "0 0.2"),
    *each("max_epochs={}", "1 5"),
    *each("alpha={}", "32 64 96 128 160 192"),
    *each("loraplus_lr_ratio={}", "1 70"),
    *each("adapter_dropout={}", "0 1"),
    *each("run.name={}", f"a a-1-z {'a' * 34}"),
    "model_name_or_path=s3://acme-escrow/job-1/outputs/checkpoints",
    "model=nova-pro model_name_or_path=nova-pro/pretraining-mm-full",
    "data_s3_path=s3://acme/pairs",
    "data_s3_path=s3://Acme_1/pairs.jsonl",
]
TOLD = [
    *rows("error", "dpo-beta", *each("beta={}", "0 0.0009 0.51 -0.1")),
    *rows("warning", "dpo-beta-usual", *each("beta={}", "0.11 0.5")),
    *rows("error", "g-replicas", f"{G} run.replicas=2"),
    *rows("error", "nova-micro-replicas", *each("run.replicas={}", "0 1 3 16")),
    *rows("error", "nova-lite-replicas", *each("model=nova-lite run.replicas={}", "2 6 64")),
    *rows("warning", "nova-lite-replicas-published", "model=nova-lite run.replicas=32"),
    *rows("error", "nova-pro-replicas", *each("model=nova-pro run.replicas={}", "3 8 48")),
    *rows("error", "nova-pro-dpo-replicas-p4d", f"{PRO_P4D} run.replicas=6"),
    ("model=nova-pro hardware=p4d", "warning", "nova-pro-dpo-replicas-p4d-usual"),
    *rows("error", "nova-pro-dpo-replicas-p4d", f"{JOB} {PRO_P4D} run.replicas=6"),
    *rows("error", "nova-micro-job-replicas-p5", f"{JOB} run.replicas=3"),
    *rows("error", "nova-micro-job-replicas-p4d", f"{JOB} hardware=p4d run.replicas=1"),
    *rows("error", "nova-lite-job-replicas-lora-p5", f"{JOB} model=nova-lite run.replicas=2"),
    *rows(
        "error", "nova-lite-job-replicas-full-p5", f"{JOB} model=nova-lite peft=full run.replicas=1"
    ),
    *rows(
        "error", "nova-lite-job-replicas-p4d", f"{JOB} model=nova-lite hardware=p4d run.replicas=1"
    ),
    *rows("error", "nova-pro-job-replicas-lora-p5", f"{JOB} model=nova-pro run.replicas=4"),
    *rows(
        "error", "nova-pro-job-replicas-lora-p4d", f"{JOB} model=nova-pro hardware=p4d replicas=3"
    ),
    *rows("error", "nova-pro-job-replicas-full", f"{JOB} model=nova-pro peft=full replicas=3"),
    *rows("error", "dpo-length", *each("max_length={}", "0 512 1025 33792")),
    *rows("error", "dpo-length-p4d", *each("hardware=p4d max_length={}", "17408 32768")),
    *rows("error", "dpo-on-g", f"{G} max_length=5120", f"{G} global_batch_size=128"),
    *rows("error", "dpo-batch", *each("global_batch_size={}", "0 8 48 512")),
    *rows("error", "nova-pro-dpo-batch", "model=nova-pro global_batch_size=256"),
    *rows("error", "batch-required", "~global_batch_size"),
    *rows("error", "type", "global_batch_size=64.5", "max_epochs=1.5", "beta=low"),
    *rows("error", "nova-1-lr", *each("lr={}", "-1 0 1.1")),
    *rows("warning", "nova-1-lr-usual", "lr=1.1e-4", "lr=9e-7 min_lr=1e-7", "lr=1"),
    *rows("error", "min-lr", *each("min_lr={}", "-1e-9 1.1")),
    *rows("error", "min-lr-below-lr", "min_lr=1e-5", "min_lr=2e-5"),
    *rows("warning", "min-lr-usual", "min_lr=9e-8"),
    *rows("error", "nova-1-warmup-most", *each("warmup_steps={}", "-1 101")),
    *rows("warning", "nova-1-warmup-usual", *each("warmup_steps={}", "0 21 100")),
    *rows("error", "weight-decay", *each("weight_decay={}", "-0.1 1.1")),
    *rows("error", "nova-1-betas", *each("betas={}", "[0.9] [0.9,0.9,0.9] [0.9,1.1] [-0.1,0.9]")),
    *rows("warning", "nova-1-eps-usual", *each("eps={}", "9e-11 1.1e-6")),
    *rows("error", "nova-1-optimizer", "optim.name=adam"),
    *rows("error", "nova-1-dropout", "hidden_dropout=-0.1", "attention_dropout=1.1"),
    *rows("error", "nova-1-dropout", "ffn_dropout=2"),
    *rows("warning", "nova-1-dropout-usual", "hidden_dropout=0.3"),
    *rows("error", "nova-1-epochs-most", *each("max_epochs={}", "-1 0 101")),
    *rows("warning", "nova-1-epochs-usual", *each("max_epochs={}", "6 100")),
    *rows("error", "lora-scheme", "peft_scheme=full", "peft_scheme=null"),
    *rows("error", "nova-1-full-scheme", "peft=full peft_scheme=lora"),
    *rows("error", "dpo-full-scheme", "peft=full peft_scheme='\"null\"'"),
    *rows("error", "full-without-lora-tuning", "peft=full +lora_tuning={}"),
    *rows("warning", "lora-tuning-set", "~lora_tuning"),
    *rows("error", "lora-alpha", *each("alpha={}", "0 16 100 224")),
    *rows("error", "nova-1-lora-ratio", *each("loraplus_lr_ratio={}", "-1 100.5")),
    *rows("warning", "nova-1-lora-ratio-usual", *each("loraplus_lr_ratio={}", "0 0.5 71 100")),
    *rows("error", "nova-1-adapter-dropout", *each("adapter_dropout={}", "-0.1 1.1")),
    *rows("error", "run-name", *each("run.name={}", "-a a- a_b")),
    *rows("error", "run-name-most", f"run.name={'a' * 64}"),
    *rows("warning", "run-name-length", f"run.name={'a' * 35}", f"run.name={'a' * 63}"),
    *rows("error", "mlflow-names", "mlflow_run_name=''", "mlflow_experiment_name=''"),
    *rows("error", "s3-paths", *each("data_s3_path={}", "pairs.jsonl s3://acme s3:///x")),
    *rows("error", "s3-paths", "output_s3_path=/tmp/out"),
    *rows("incomplete", "hyperpod-paths", "data_s3_path=''", "~output_s3_path"),
    *rows("warning", "training-job-paths-elsewhere", f"{JOB} data_s3_path=s3://acme/x"),
    *rows(
        "incomplete",
        "placeholders-elsewhere",
        "data_s3_path=s3://my-bucket-name/x",
        "output_s3_path='s3://<bucket>/x'",
        "model_name_or_path='s3://<escrow_bucket>/job'",
        "run.name='<name>'",
        "mlflow_run_name='<run>'",
    ),
    *rows(
        "incomplete",
        "placeholders-of-training",
        "+validation_data_s3_path=s3://example-bucket/x",
    ),
    *rows("error", "nova-micro-weights", "model_name_or_path=nova-lite/prod"),
    *rows("error", "nova-lite-weights", "model=nova-lite model_name_or_path=nova-pro/prod"),
    *rows("error", "nova-micro-type", "model_type=amazon.nova-lite-v1:0:300k"),
    *rows("error", "checkpoint-path", "model_name_or_path=s3:acme"),
    *rows("error", "offer", "peft=full hardware=g5-48x", "model=nova-lite hardware=g5-12x"),
    *rows("error", "offer", "model=nova-pro hardware=g5-48x", "hardware=g5-24x", "peft=none"),
    *rows("error", "offer", f"{JOB} model=nova-2-lite"),
]


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(f"method=dpo {words}") == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    found = told(f"method=dpo {words}")
    assert (severity, rule) in found
    assert (severity == "error") is any(gravity == "error" for gravity, _ in found)
