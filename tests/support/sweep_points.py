"""Sweeps to try the law on, and their points: each composed and checked by itself."""

import itertools
import os
import textwrap
from functools import lru_cache

from hypothesis import settings
from hypothesis import strategies as st

from hydra_recipes import check, compose
from hydra_recipes.checking.structure import check_structure
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.origin import dotted
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.cel import CelRuntimeError, compile_expression
from hydra_recipes.sources import active
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.space.space import Axis

compile_expression("true")  # one CEL library raises the recursion limit, once

ABSENT = ("unknown-key", "key-not-set", "key-not-offered")
MOST_POINTS = 24
settings.register_profile("law", max_examples=int(os.environ.get("LAW_EXAMPLES", "30")))

GROUPS = {
    "model": ["nova-micro", "nova-lite", "nova-pro", "nova-2-lite"],
    "peft": ["lora", "full"],
    "hardware": ["p5", "p4d", "g5-12x", "g6-48x"],
    "platform": ["hyperpod", "training-job"],
    "optimizer": ["adam", "distributed_fused_adam"],
    "+preset": ["quickstart_sft", "complete_sft", "complete_lora"],
}
KEYS = {
    "lr": ["1e-6", "1e-5", "0.00001", "2", "fast", "null", "???", "$<min_lr>", "true", "$<.nope>"],
    "min_lr": ["1e-7", "1e-6", "5e-6", "1e-5", "0", "$<lr>", "${oc.env:HOME}"],
    "run.replicas": ["1", "2", "4", "6", "8", "2.0", "'2'", "two", "[1,2]", "$<run.nope>"],
    "max_length": ["1024", "8192", "16384", "32768", "65536", "1000", "'${max_steps}'"],
    "global_batch_size": ["16", "32", "64", "128", "7", "???"],
    "alpha": ["32", "64", "33", "$<run.replicas>"],
    "warmup_steps": ["5", "10", "-1", "$<max_steps>"],
    "max_steps": ["10", "100", "5", "$<warmup_steps>"],
    "max_epochs": ["1", "2", "9", "$<run.replicas>"],
    "weight_decay": ["0", "0.1", "1.5", "'0.1'"],
    "betas": ["[0.9,0.98]", "[0.9]", "[0.9,$<weight_decay>]", "[0.9,x]"],
    "run.name": [
        *(
            "a",
            "b",
            "$<run.model_type>",
            "Bad_Name",
            "7",
            "'7'",
            "null",
            "true",
            "1.5",
            "[1]",
            "''",
        ),
        *("???", "$<run.replicas>", "$<recipes.training_config.trainer>", "'on'", "$<.nope>"),
    ],
    "mlflow_run_name": ["a", "$<.name>", "x-$<.name>", "null", "7"],
    "run.data_s3_path": ["s3://a/b", "''", "nowhere", "???", "null"],
    "label": ["x", "y"],
    "loraplus_lr_ratio": ["8", "16.0", "1"],
    "betas.0": ["0.9", "0.8", "x"],
    "loraplus_lr_ratio.inner": ["1", "2"],
    "run": [
        "{replicas:2}",
        "{replicas:8,name:c}",
        "{nope:1}",
        "{replicas:2,name:my-lora-run}",
        "{label:x}",
        "{}",
        "{replicas:$<recipes.max_epochs>}",
        "{replicas:two}",
        "{name:d,replicas:4}",
        "{replicas:???}",
    ],
    "optim": [
        "{lr:1e-5}",
        "{lr:1e-6,sched:{min_lr:5e-7}}",
        "{betas:[0.9,0.98]}",
        "{lr:1e-5,betas:[0.9]}",
        "{lr:{a:1}}",
        "{lr:null}",
        "{weight_decay:0.1,sched:{warmup_steps:5}}",
        "{sched:{warmup_steps:10,min_lr:1e-7}}",
    ],
    "++run.team": ["{a:1,b:2}", "{a:2,b:1}", "{b:1,a:2}", "{a:1}", "x"],
    "++trainer.max_epochs": ["1", "2"],
    "+run.extra": ["1", "2"],
    "++lora_tuning.alpha": ["32", "33", "many"],
    "peft_scheme": ["lora", "null", "'null'"],
    "+num_nodes": ["2", "4", "$<run.replicas>"],
    "++training_config.replicas": ["2", "4"],
    "+data_mixing.sources.nova_data.chat": ["60", "100", "101", "many"],
    "+data_mixing": [
        "{sources:{nova_data:{a:1,b:99}}}",
        "{sources:{nova_data:{a:1}}}",
        "{x:1}",
        "text",
    ],
    "model_name_or_path": ["nova-micro/prod", "s3://acme/job", "s3:acme/job", "'s3://<b>/x'"],
}
FIXED = [
    "alpha=64", "loraplus_lr_ratio=8", "~alpha",
    "lr=1e-5", "~lora_tuning", "~min_lr", "+preset=complete_lora", "min_lr=$<lr>", "~warmup_steps",
    "run.replicas=4", "run.data_s3_path=s3://a/b", "model=nova-lite", "model=nova-2-lite",
    "+data_mixing.sources.nova_data.code=40",
    "max_length=32768", "++training_config.trainer.max_epochs=2", "peft=full", "label=z",
]  # fmt: skip
METHODS = {
    "sft": {},
    "dpo": {"beta": ["0.05", "0.1", "0.5", "0", "low", "$<lr>"], "dpo_cfg": ["{beta:0.2}", "{}"]},
    "cpt": {"max_steps": ["10", "9", "$<warmup_steps>"], "global_batch_size": ["32", "16"]},
    "ppo": {
        "actor_train_replicas": ["1", "2", "3", "4"],
        "rm_replicas": ["1", "2", "$<run.cm_replicas>"],
        "ppo_critic.model.global_batch_size": ["32", "0", "48", "256"],
        "ppo_reward.max_length": ["8192", "$<ppo_actor_train.max_length>", "1024"],
        "ppo_actor_train.max_length": ["8192", "1024", "???"],
        "kl_loss_type": ["kl", "mse", "none"],
        "ppo_reward": ["{max_length:8192}", "{max_length:1024,trainer:{num_nodes:2}}"],
    },
    "rft": {
        "reward_lambda_arn": [
            "arn:aws:lambda:us-east-1:123456789012:function:reward",
            "arn:aws:lambda:eu-west-1:123456789012:function:other",
            "arn:aws:s3:::bucket",
            "''",
        ],
        "lambda_arn": ["$<run.reward_lambda_arn>", "arn:aws:lambda:us-east-1:1:function:f"],
        "rollout_worker_replicas": ["1", "2", "many"],
        "lambda_concurrency_limit": ["100", "64", "$<run.replicas>"],
        "save_steps": ["10", "100", "$<max_steps>"],
        "reasoning_effort": ["low", "null", "medium"],
    },
    "distillation": {
        "maxResponseLength": ["'5000'", "'5121'", "5000", "'5000.5'"],
        "top_p": ["'0.9'", "0.9", "x"],
        "teacherModelId": ["us.amazon.nova-pro-v1:0", "us.amazon.nova-premier-v1:0"],
    },
    "mtrl": {
        "group_size": ["4", "8", "1"],
        "clip_low_threshold": ["0.8", "1.2"],
        "learning_rate": ["1e-5", "1", "$<adam_eps>"],
        "max_concurrency": ["32", "97"],
    },
    "evaluation": {
        "evaluation": ["general-text-benchmark", "llm-judge", "rft", "rubric-llm-judge", "none"],
        "benchmark": ["mmlu", "math", "mmmu", "none"],
        "task": ["mmlu", "math", "gen_qa"],
        "strategy": ["zs", "zs_cot", "$<.metric>"],
        "temperature": ["0", "2", "2.5"],
        "++inference": ["{top_k:5}", "{top_p:0.5,top_k:-2}"],
    },
}
"""Each method, with keys that only its recipes have, and groups that only they are about."""
OF_MANY = ["run.name", "max_length", "global_batch_size", "run.replicas", "lr", "mlflow_run_name"]
"""Keys that recipes of most methods have."""
FIXED_OF_MANY = ["peft=full", "run.replicas=4", "model=nova-lite", "platform=training-job"]
USELESS = ("type", "unset", "unknown-key")
RANGES = {
    "weight_decay": [
        "range(0.1,0.5,0.1)",
        "sort(range(0.3,0.05,-0.1))",
        "sort(range(0,0.35,0.1),reverse=true)",
        "shuffle(range(0.1,0.45,0.1))",
        "range(1,0.7,-0.1)",
    ],
    "warmup_steps": [
        "range(5,21,5)",
        "sort(range(20,4,-6))",
        "sort(range(1,11,3),reverse=true)",
        "shuffle(range(5,9))",
        "float(range(8,11))",
        "int(range(5.5,8.5))",
    ],
    "lr": ["range(1e-6,4e-6,1e-6)", "sort(3e-6,1e-6,2e-6)", "choice(1e-6,'1e-6')"],
    "run.name": ["str(1,2)", "choice('1',b,1)", "sort(b,a,c)"],
    "optim": ["choice({lr:1e-6},{lr:2e-6})"],
    "run.replicas": ["shuffle(2,4,8)", "sort(8,2,4)", "choice(2,4)"],
}
WHERE = [
    "lr < 0.00002", "run.replicas >= 4 || peft == 'full'", "model != 'nova-lite'",
    "max_length > 9000", "method == 'dpo' || lr < 0.00002", "beta == null || beta < 0.2",
    "weight_decay == 0.3", "weight_decay <= 0.2", "warmup_steps == 8",
    "alpha == 64", "alpha == null || alpha < 100", "replicas * 2 > 7", "peft == 'lora'",
    "min_lr < lr", "optimizer == 'adam' || run.replicas == 2", "run.name.startsWith('a')",
]  # fmt: skip
TEAM_RULES = """\
    limits:
      team-replicas:
        when: {peft: lora}
        keys: {run.replicas: {maximum: 4}}
        because: The team has four instances.
      team-lr:
        keys: {lr: {maximum: 1.0e-5}, min_lr: {exclusiveMinimum: 0}}
        because: The team is careful.
      team-name:
        when: {model: nova-micro}
        required: [data_s3_path]
        because: The team names its data.
    rules:
      team-length:
        require: max_length * run.replicas <= 65536
        message: length times replicas must be at most 65536
        because: The team's budget.
      team-no-answer:
        when: {peft: lora, model: nova-lite}
        require: run.replicas > 2 || lr * 2 < 1.0
        message: small runs are careful
        because: The team mixed a double with an integer.
      team-warmup:
        when: {peft: full}
        severity: warning
        require: warmup_steps <= 5
        message: warm up for less
        because: The team is in a hurry.
    """


def shelves_in(root):
    """The shipped library, alone and with the rules of a team."""
    (root / "rules").mkdir()
    (root / "rules" / "team.yaml").write_text(textwrap.dedent(TEAM_RULES))
    return active_libraries(), Libraries((Library("team", root), *active_libraries().members))


@st.composite
def spaces(draw):
    """Overrides with axes, zips and conditions; at most 24 points.

    Every second one is about methods: one or several, with keys of theirs.
    """
    methods = draw(
        st.just([]) | st.lists(st.sampled_from([*METHODS]), min_size=1, max_size=3, unique=True)
    )
    own = {key: values for method in methods for key, values in METHODS[method].items()}
    values_of = {**KEYS, **own, **GROUPS}
    of_sft = methods in ([], ["sft"])
    names = [*GROUPS, *KEYS, *KEYS] if of_sft else [*own, *own, *OF_MANY, "model", "peft"]
    most_axes = 4 - len(methods[1:2])
    elements = draw(st.lists(st.sampled_from(names), min_size=1, max_size=most_axes, unique=True))
    texts, size = [f"method={','.join(methods)}"] if methods else [], max(1, len(methods))
    lengths = {"method": len(methods)}
    for element in elements:
        values = values_of[element]
        most = min(4, MOST_POINTS // size)
        if most < 2:
            break
        unique = draw(st.integers(0, 3)) > 0
        if most == 4 and element in RANGES and draw(st.booleans()):
            texts.append(f"{element}={draw(st.sampled_from(RANGES[element]))}")
            size *= 4  # at most
            continue
        chosen = draw(st.lists(st.sampled_from(values), min_size=2, max_size=most, unique=unique))
        size *= len(chosen)
        lengths[element] = len(chosen)
        texts.append(f"{element}={','.join(chosen)}")
    fixed = draw(
        st.lists(st.sampled_from(FIXED if of_sft else FIXED_OF_MANY), max_size=2, unique=True)
    )
    names = {text.partition("=")[0].lstrip("+~") for text in texts}
    fixed = [f for f in fixed if f.partition("=")[0].lstrip("+~") not in names]
    texts = draw(st.permutations(texts + fixed))
    where = draw(st.lists(st.sampled_from(WHERE), max_size=2, unique=True))
    same = [name for name, length in lengths.items() if length == 2]
    zips = []
    if len(same) >= 2 and draw(st.booleans()):
        zips = [tuple(draw(st.permutations(same))[:2])]
    return tuple(texts), tuple(zips), tuple(where), draw(st.integers(0, 1))


@lru_cache(100_000)
def answer_alone(texts, which):
    """The recipe's id, error rules, choices, values and hash, or what its overrides raise."""
    try:
        recipe = compose(texts)
    except OverrideError as error:
        return error
    findings = check(recipe).findings
    errors = frozenset(f.rule for f in findings if f.severity == "error")
    useless = {f.key for f in findings if f.rule in USELESS or f.rule.startswith("link-")}
    tree, problems = recipe.scope.resolve()
    family = rule_book(active.active_libraries()).family_of(recipe.choices)
    if family:  # check doesn't judge what stands in a key that must go
        useless |= {dotted(path) for path, _ in check_structure(tree, family, frozenset(problems))}
    return recipe.id, errors, recipe.choices, (tree, useless), hash(recipe)


def answer(texts, axes, which):
    """The same, without the axes whose key the branch doesn't have; and the overrides used."""
    out = list(texts)
    while True:
        found = answer_alone(tuple(out), which)
        if not isinstance(found, OverrideError):
            return (*found[:4], tuple(out))
        culprit = getattr(found.origin, "override", None)
        if found.kind in ABSENT and culprit in axes and culprit in out:
            out.remove(culprit)
            continue
        raise found


def holds(source, choices, resolved):
    """Whether a condition holds, read apart from the code under test."""
    flat = {}

    tree, useless = resolved

    def walk(node, at):
        for key, value in node.items():
            name = ".".join((*at, key))
            broken = any(f"{other}.".startswith(f"{name}.") for other in useless)
            flat[(*at, key)] = None if broken else value
            if isinstance(value, dict):
                walk(value, (*at, key))

    walk(tree, ())
    expression = compile_expression(source)
    values = {"run": {path[-1]: v for path, v in flat.items() if path[:-1] == ("run",)}}
    for name in expression.names:
        if active_libraries().is_group(name):
            values[name] = choices.get(name)
        elif not name.startswith("run."):
            found = [v for p, v in flat.items() if p[-1] == name]
            values[name] = found[0] if found else None
    try:
        return expression.run(values) is True
    except CelRuntimeError:  # an operation on null
        return False


def offered(texts, which):
    """Whether the combination of options in these overrides is offered."""
    groups = tuple(
        t for t in texts if active.active_libraries().is_group(t.partition("=")[0].strip("+~"))
    )
    found = answer_alone(groups, which)
    return isinstance(found, OverrideError) or "offer" not in found[1]


def brute_force(space, where, which, spared):
    """Each asked point: its index, recipe id, what forbids it, choices and overrides."""
    axes = {o.text for axis in space.axes for o in axis.overrides if not axis.is_group}
    axes |= {item.text for item in space.items if not isinstance(item, Axis)}
    out = []
    for index in itertools.product(*(range(d.size) for d in space.dimensions)):
        at = {id(a): v for d, v in zip(space.dimensions, index, strict=True) for a in d.axes}
        texts = [
            item.overrides[at[id(item)]].text if isinstance(item, Axis) else item.text
            for item in space.items
        ]
        try:
            recipe_id, errors, choices, resolved, used = answer(texts, axes, which)
        except OverrideError as error:
            # What isn't offered may not be composed at all; then nobody sees that it can't be.
            if not offered(texts, which):
                spared.append(error.kind)
                out.append((index, None, frozenset({"offer"}), tuple(texts)))
                continue
            raise
        forbids = set(errors)
        if "offer" in forbids or "not-offered" in forbids:
            forbids = {"offer"}
        else:
            forbids |= {source for source in where if not holds(source, choices, resolved)}
        out.append((index, recipe_id, frozenset(forbids), used))
    return out
