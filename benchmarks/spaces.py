"""Spaces: the sweeps that are measured."""

from __future__ import annotations

BASE = ("model=nova-lite", "peft=lora")
_DECAYS = "weight_decay=0.0,0.01,0.05,0.1,0.2"

HUNDRED_THOUSAND = (
    *BASE,
    "lr=range(1e-6,8.55e-5,1e-6)",
    "warmup_steps=range(1,26)",
    "alpha=32,64,96,128",
    _DECAYS,
    "global_batch_size=16,32,48,64",
)
"""170,000 points, of which 100,800 are valid."""

MILLION = (*HUNDRED_THOUSAND, "adapter_dropout=range(0.0,0.095,0.01)")
"""1,700,000 points, of which 1,008,000 are valid."""

_MODEL = "recipes.training_config.model"
_SOME = (
    *BASE,
    f"{_MODEL}.peft.lora_tuning.alpha=32,64",
    f"{_MODEL}.optim.{_DECAYS}",
)

TEN = _SOME
"""10 points, to see that something works; keys as Hydra itself knows them."""

TWO_HUNDRED = (*_SOME, f"{_MODEL}.optim.lr=range(2e-6,2.15e-5,1e-6)")
"""200 of the points above, each of them valid: what Hydra is given."""

HUNDRED = (*BASE, "lr=range(2e-6,1.15e-5,1e-6)", "alpha=32,64", _DECAYS)
"""100 points, each of them valid."""

EIGHT = (
    ("weight_decay", 0.0, 0.0625),
    ("adapter_dropout", 0.0, 0.0625),
    ("hidden_dropout", 0.0, 0.0625),
    ("attention_dropout", 0.0, 0.0625),
    ("ffn_dropout", 0.0, 0.0625),
    ("loraplus_lr_ratio", 8.0, 1.0),
    ("constant_steps", 0, 1),
    ("warmup_steps", 1, 1),
)
"""Eight keys: the first of their ten values, and how far it is to the next."""

_RATES = ("lr=range(1e-6,1.01e-4,1e-6)", "min_lr=range(1e-7,1e-5,1e-7)")
_STEPS = ("warmup_steps=range(1,101)", "constant_steps=range(0,100)")
_SIZES = ("max_length=range(8192,65537,1024)", "replicas=1,2,4,8,16,32")

LARGE_GRIDS = (
    (
        "one branch",
        "",
        (
            *("model=nova-lite", "peft=lora", *_RATES, *_STEPS, *_SIZES),
            *("alpha=32,64,96,128,160,192", "weight_decay=range(0.0,0.2,0.01)"),
            *("adapter_dropout=range(0.0,0.5,0.05)", "hidden_dropout=range(0.0,0.5,0.05)"),
        ),
    ),
    (
        "three models, two ways to train",
        "",
        (
            *("model=nova-micro,nova-lite,nova-pro", "peft=lora,full", *_RATES, *_STEPS, *_SIZES),
            *("weight_decay=range(0.0,0.2,0.01)", "global_batch_size=16,32,64,128,256"),
        ),
    ),
    (
        "the same with a `--where` over two axes",
        "warmup_steps + constant_steps < 50",
        (
            *("model=nova-micro,nova-lite,nova-pro", "peft=lora,full", *_RATES, *_STEPS, *_SIZES),
            *("weight_decay=range(0.0,0.2,0.01)", "global_batch_size=16,32,64,128,256"),
        ),
    ),
    (
        "three methods, models and ways to train on four kinds of hardware",
        "",
        (
            *("method=sft,dpo,cpt", "model=nova-micro,nova-lite,nova-pro", "peft=lora,full"),
            *("hardware=p5,p5en,p4d,g6-48x", *_RATES, *_STEPS, *_SIZES),
            "global_batch_size=16,32,64,128,256",
        ),
    ),
)
"""Sweeps of 10^12 points and more: what they are, a condition, and the sweep."""
