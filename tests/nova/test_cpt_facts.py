"""What the sources say about continued pre-training of both generations, by example."""

import pytest

from support.facts import each, rows, told

pytestmark = pytest.mark.quick

LITE, PRO, TWO = "model=nova-lite", "model=nova-pro", "model=nova-2-lite"
FINE = [
    *each("model={}", "nova-micro nova-lite nova-pro nova-2-lite"),
    *each("run.replicas={}", "2 4 8 16 32"),
    *each(f"{LITE} run.replicas={{}}", "4 8 16 32"),
    *each(f"{PRO} run.replicas={{}}", "6 12 24"),
    *each(f"{TWO} run.replicas={{}}", "4 8 16 32"),
    *each(f"{TWO} platform=training-job run.replicas={{}}", "4 32"),
    *each("max_length={}", "1 1000 8192"),
    *each("global_batch_size={}", "32 64 128 256"),
    *each(f"{TWO} global_batch_size={{}}", "32 64 128 256"),
    *each("max_epochs={}", "1 5"),
    *each("warmup_steps={}", "1 20"),
    *each("weight_decay={}", "0 1"),
    *each("eps={}", "1e-10 1e-6"),
    *each("ffn_dropout={}", "0 0.2"),
    "betas=[0,1]",
    "lr=1e-4",
    "lr=1e-6 min_lr=1e-7",
    *each(f"{TWO} max_steps={{}}", "10 100000"),
    *each(f"{TWO} lr={{}}", "1.1e-6 1"),
    *each(f"{TWO} weight_decay={{}}", "0 1"),
    *each(f"{TWO} adam_beta1={{}} adam_beta2=0.9", "0 1"),
    *each(f"{TWO} attention_dropout={{}}", "0 1"),
    f"{TWO} model_name_or_path=nova-lite-2/pretraining-text-CE",
    "model_name_or_path=s3://acme-escrow/job-1/outputs/checkpoints",
    "data_s3_path=s3://acme/texts",
]
TOLD = [
    *rows("error", "nova-micro-cpt-replicas", *each("run.replicas={}", "0 1 3 64")),
    *rows("error", "nova-lite-cpt-replicas", *each(f"{LITE} run.replicas={{}}", "1 2 6 64")),
    *rows("error", "nova-lite-cpt-replicas", *each(f"{TWO} run.replicas={{}}", "1 2 6 64")),
    *rows("error", "nova-pro-cpt-replicas", *each(f"{PRO} run.replicas={{}}", "3 8 32")),
    *rows("error", "cpt-length", *each("max_length={}", "0 8193 16384")),
    *rows("error", "cpt-batch", *each("global_batch_size={}", "0 16 100 512")),
    *rows("error", "cpt-batch", *each(f"{TWO} global_batch_size={{}}", "16 512")),
    *rows("error", "batch-required", "~global_batch_size", f"{TWO} ~global_batch_size"),
    *rows("error", "nova-1-lr", *each("lr={}", "-1 0 1.1")),
    *rows("warning", "nova-1-lr-usual", "lr=1.1e-4", "lr=9e-7 min_lr=1e-7", "lr=1"),
    *rows("error", "min-lr", *each("min_lr={}", "-1e-9 1.1")),
    *rows("error", "min-lr-below-lr", "min_lr=1e-5", f"{TWO} min_lr=1e-5"),
    *rows("warning", "min-lr-usual", "min_lr=9e-8"),
    *rows("error", "nova-1-warmup-most", *each("warmup_steps={}", "-1 101")),
    *rows("warning", "nova-1-warmup-usual", *each("warmup_steps={}", "0 21 100")),
    *rows("error", "weight-decay", *each("weight_decay={}", "-0.1 1.1")),
    *rows("error", "nova-1-betas", *each("betas={}", "[0.9] [0.9,1.1] [-0.1,0.9]")),
    *rows("warning", "nova-1-eps-usual", *each("eps={}", "9e-11 1.1e-6")),
    *rows("error", "nova-1-optimizer", "optim.name=adam"),
    *rows("error", "nova-1-dropout", "hidden_dropout=-0.1", "attention_dropout=1.1"),
    *rows("error", "nova-1-dropout", "ffn_dropout=2"),
    *rows("error", "nova-1-epochs-most", *each("max_epochs={}", "-1 0 101")),
    *rows("warning", "nova-1-epochs-usual", *each("max_epochs={}", "6 100")),
    *rows("error", "unknown-key", "+training_config.model.peft={peft_scheme:lora}"),
    *rows("error", "cpt-steps", *each(f"{TWO} max_steps={{}}", "0 9 100001")),
    *rows("error", "nova-2-lr", *each(f"{TWO} lr={{}}", "-1 0 1.1")),
    *rows("error", "min-lr", *each(f"{TWO} lr=1 min_lr={{}}", "-1e-9 1.1")),
    *rows("error", "weight-decay", *each(f"{TWO} weight_decay={{}}", "-0.1 1.1")),
    *rows("error", "nova-2-betas", f"{TWO} adam_beta1=-0.1", f"{TWO} adam_beta2=1.1"),
    *rows("error", "cpt-dropout", f"{TWO} hidden_dropout=-0.1", f"{TWO} attention_dropout=1.1"),
    *rows("error", "run-name", *each("run.name={}", "-a a- a_b")),
    *rows("error", "run-name-most", f"run.name={'a' * 64}", f"{TWO} run.name={'a' * 64}"),
    *rows("warning", "run-name-length", f"run.name={'a' * 35}", f"{TWO} run.name={'a' * 63}"),
    *rows("error", "mlflow-names", "mlflow_run_name=''", f"{TWO} mlflow_experiment_name=''"),
    *rows("error", "s3-paths", *each("data_s3_path={}", "texts.jsonl s3://acme s3:///x")),
    *rows("error", "s3-paths", f"{TWO} output_s3_path=/tmp/out"),
    *rows("incomplete", "hyperpod-paths", "data_s3_path=''", f"{TWO} ~output_s3_path"),
    *rows("incomplete", "placeholders-elsewhere", "data_s3_path=s3://my-bucket-name/x"),
    *rows("incomplete", "placeholders-elsewhere", f"{TWO} mlflow_run_name='<run>'"),
    *rows("error", "nova-micro-weights", "model_name_or_path=nova-lite/prod"),
    *rows("error", "nova-2-lite-weights", f"{TWO} model_name_or_path=nova-lite/prod"),
    *rows("error", "nova-2-lite-type", f"{TWO} model_type=amazon.nova-lite-v1:0:300k"),
    *rows("error", "offer", *each("hardware={}", "p4d p5en g5-12x"), f"{TWO} hardware=p4d"),
    *rows("error", "offer", "peft=lora", "peft=full", f"{TWO} peft=lora"),
]


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(f"method=cpt {words}") == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    found = told(f"method=cpt {words}")
    assert (severity, rule) in found
    assert (severity == "error") is any(gravity == "error" for gravity, _ in found)
