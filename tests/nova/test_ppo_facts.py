"""What sources say about PPO, by example: what is an error, a warning, or fine."""

import shlex

import pytest
import yaml

from hydra_recipes import check, compose
from hydra_recipes.rules import families
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries

pytestmark = pytest.mark.quick

LITE = "model=nova-lite"  # whose published batches divide
PRO = "model=nova-pro"
READY = ["method=ppo", "data_s3_path=s3://acme/x", "output_s3_path=s3://acme/out"]
BATCH = "ppo_actor_train.model.global_batch_size"
PARTS = ("reward", "critic", "anchor")


def lengths(tokens):
    keys = [f"ppo_{part}.max_length={tokens}" for part in (*PARTS, "actor_train")]
    return " ".join([*keys, f"ppo_actor_generation.actor_model_max_length={tokens}"])


FINE = [
    *(f"{LITE} actor_train_replicas={count}" for count in (1, 2, 4)),
    *(f"{PRO} actor_train_replicas={count}" for count in (3, 6, 12)),
    f"{BATCH}=160 actor_train_replicas=1",
    f"{BATCH}=320",
    *(f"{LITE} actor_generation_replicas={count}" for count in (1, 2)),
    *(f"{LITE} trajectory_buffer_scale={scale}" for scale in (1, 2, 4, 8, 16)),
    *(f"{LITE} kl_loss_type={kind}" for kind in ("kl", "mse", "abs", "low_var_kl")),
    f"{LITE} {lengths(4096)}",
    f"{LITE} rm_replicas=3 cm_replicas=7 am_replicas=5",
    f"{LITE} model_name_or_path=s3://acme/job/outputs/checkpoints",
]
TOLD = [
    ("", "warning", "ppo-reward-batch"),
    ("", "warning", "ppo-anchor-batch"),
    *(
        (f"actor_train_replicas={n} {BATCH}=160", "error", "ppo-train-replicas-micro")
        for n in (0, 3)
    ),
    *((f"{LITE} actor_train_replicas={n}", "error", "ppo-train-replicas-lite") for n in (3, 8)),
    *((f"{PRO} actor_train_replicas={n}", "error", "ppo-train-replicas-pro") for n in (2, 4, 24)),
    *(
        (f"{LITE} actor_generation_replicas={n}", "error", "ppo-generation-replicas")
        for n in (0, 3)
    ),
    *((f"{LITE} trajectory_buffer_scale={n}", "error", "ppo-buffer") for n in (0, 3, 32)),
    (f"{LITE} kl_loss_type=k1", "error", "ppo-kl-type"),
    (f"{LITE} ppo_critic.model.global_batch_size=64", "error", "ppo-critic-batch"),
    (f"{LITE} ppo_critic.model.global_batch_size=0", "error", "ppo-critic-batch"),
    (f"{LITE} ppo_reward.model.global_batch_size=64", "warning", "ppo-reward-batch"),
    (f"{LITE} ppo_anchor.model.global_batch_size=64", "warning", "ppo-anchor-batch"),
    *((f"{LITE} ppo_{one}.max_length=4096", "error", f"ppo-{one}-length") for one in PARTS),
    (f"{LITE} ppo_actor_generation.actor_model_max_length=1", "error", "ppo-generation-length"),
    (f"{LITE} mlflow_run_name=''", "error", "mlflow-names"),
    (f"{LITE} data_s3_path=acme", "error", "s3-paths"),
    (f"{LITE} data_s3_path=''", "incomplete", "hyperpod-paths"),
    (f"{LITE} platform=training-job", "warning", "training-job-paths-elsewhere"),
    (f"{LITE} run.name=My_run", "error", "run-name"),
    (f"{LITE} model_name_or_path=nova-pro/prod", "error", "nova-lite-weights"),
]


def told(words):
    report = check(compose([*READY, *words.split()]))
    return {(one.severity, one.rule) for one in report.findings}


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(words) == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    found = told(words)
    assert (severity, rule) in found
    errors = {name for grave, name in found if grave == "error"}
    assert errors == ({rule} if severity == "error" else set())


@pytest.mark.parametrize(
    "key", ["output_s3_path", "mlflow_tracking_uri", "mlflow_run_name", "data_s3_path"]
)
def test_a_placeholder_is_incomplete(key):
    report = check(compose([*READY, LITE, f'run.{key}="s3://<bucket>/x"']))
    assert [(one.severity, one.key) for one in report.findings] == [("incomplete", f"run.{key}")]


@pytest.mark.parametrize("part", PARTS)
def test_the_hint_of_unequal_lengths_pasted_in_a_shell_makes_them_equal(recipe, part):
    words = [*READY, LITE, f"ppo_{part}.max_length=4096"]
    (finding,) = check(compose(words)).findings
    assert check(compose([*words, finding.hint])).ready
    ran = recipe("check", *words)
    hint = next(line for line in ran.out.splitlines() if line.startswith("  try: "))
    (typed,) = shlex.split(hint.removeprefix("  try: "))
    assert recipe("check", *words, typed).status == 0


def test_links_of_parts_are_written_as_published_and_need_no_warning(recipe):
    ran = recipe("compose", *READY, LITE, "--links", "recipes")
    parts = {
        part: yaml.safe_load(ran.out)[part]["trainer"]["num_nodes"]
        for part in ("ppo_reward", "ppo_critic", "ppo_anchor")
    }
    assert parts == {
        "ppo_reward": "${recipes.run.rm_replicas}",
        "ppo_critic": "${recipes.run.cm_replicas}",
        "ppo_anchor": "${recipes.run.am_replicas}",
    }
    assert "${recipes.run.actor_generation_replicas}" in ran.out
    assert "${recipes.run.actor_train_replicas}" in ran.out
    report = check({"recipes": yaml.safe_load(ran.out)})
    assert report.ready
    assert report.findings == ()


@pytest.mark.parametrize("short", ["max_length", "lr", "optim.lr", "global_batch_size"])
def test_a_short_key_of_several_parts_is_answered_with_the_whole_keys(recipe, short):
    ran = recipe("compose", "method=ppo", f"{short}=1")
    assert ran.status == 2
    whole = {".".join(path) for path in keys(compose(["method=ppo"]).resolved())}
    named = {key for key in whole if f".{key}".endswith(f".{short}")}
    assert len(named) > 1
    for key in named:
        assert key in ran.err
    assert "write more of the key" in ran.err


def keys(tree, at=()):
    for key, value in tree.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from keys(value, (*at, key))


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("ppo_critic.model.learning_rate", "ppo_critic.model.optim.lr"),
        ("ppo_critic.model.optim.learning_rate", "ppo_critic.model.optim.lr"),
        ("ppo_actor_train.model.batch_size", "ppo_actor_train.model.global_batch_size"),
        ("ppo_anchor.batch_size", "ppo_anchor.model.global_batch_size"),
    ],
)
def test_another_name_of_a_key_of_several_parts_means_that_of_its_part(key, meant):
    tree = compose([*READY, LITE]).resolved()
    node = tree
    *parents, last = key.split(".")
    for part in parents:
        node = node[part]
    node[last] = 1
    (finding,) = check(tree).findings
    assert finding.message == f"{key} is not a key of this recipe, which has {meant} for it"


@pytest.mark.parametrize(
    "overrides",
    [
        "method=ppo",
        "method=distillation",
        "method=mtrl",
        "method=evaluation",
        "method=dpo",
        "method=cpt",
        "method=rft",
        "method=sft",
    ],
)
@pytest.mark.parametrize(
    "name", ["learning_rate", "batch_size", "num_epochs", "max_seq_len", "steps"]
)
def test_other_names_of_keys_are_told_in_recipes_of_every_method(overrides, name):
    tree = compose([overrides]).resolved()
    tree["run"][name] = 1
    found = [one for one in check(tree).findings if one.key == f"run.{name}"]
    assert [(one.severity, one.rule) for one in found] == [("error", "unknown-key")]
    model = rule_book(active_libraries()).family_of(compose([overrides]).choices)
    known = {".".join(path) for path in families.keys(model)}
    meant = found[0].message.partition(", which has ")[2].removesuffix(" for it")
    assert not meant or any(f".{key}".endswith(f".{meant}") for key in known)


@pytest.mark.parametrize("key", ["actor_train_replicas", "rm_replicas"])
def test_a_key_of_ppo_in_another_recipe_is_said_to_belong_there(recipe, tmp_path, key):
    tree = compose(["data_s3_path=s3://acme/x.jsonl", "output_s3_path=s3://acme/out"]).resolved()
    tree["run"] |= {key: 2}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    ran = recipe("check", "mine.yaml")
    assert ran.status == 1
    line = 1 + [text.strip() for text in (tmp_path / "mine.yaml").read_text().splitlines()].index(
        f"{key}: 2"
    )
    wanted = f"run.{key} is not a key of this recipe; ppo recipes have it"
    assert f"mine.yaml:{line}:3: error: {wanted}" in ran.out + ran.err


def test_a_key_of_several_other_methods_names_them():
    tree = compose(["method=distillation"]).resolved()
    tree["run"]["data_s3_path"] = "s3://acme/x"
    (finding,) = check(tree).findings
    assert finding.message == (
        "run.data_s3_path is not a key of this recipe; "
        "sft, dpo, cpt, ppo, rft, evaluation recipes have it"
    )


def test_a_key_that_no_method_has_is_only_unknown():
    tree = compose(["method=ppo"]).resolved()
    tree["run"]["actor_replica_sets"] = 2
    found = [one.message for one in check(tree).findings if one.rule == "unknown-key"]
    assert found == ["run.actor_replica_sets is not a key of this recipe"]
