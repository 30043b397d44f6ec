"""The published recipes by their choices, and the presets by the guide's files."""

import json

import pytest

from support.places import SHARED

# One golden file for each published recipe: its choices, and the hardware that gives the same.
P = ("p5", "p5en", "p4d")
PUBLISHED = {
    "nova-micro_lora_p": ("nova-micro", "lora", P),
    "nova-micro_lora_g-12x": ("nova-micro", "lora", ("g5-12x", "g6-12x")),
    "nova-micro_lora_g-48x": ("nova-micro", "lora", ("g5-48x", "g6-48x")),
    "nova-micro_full_p": ("nova-micro", "full", P),
    "nova-micro_full_g-48x": ("nova-micro", "full", ("g5-48x", "g6-48x")),
    "nova-lite_lora_p": ("nova-lite", "lora", P),
    "nova-lite_lora_g-12x": ("nova-lite", "lora", ("g5-12x", "g6-12x")),
    "nova-lite_lora_g-48x": ("nova-lite", "lora", ("g5-48x", "g6-48x")),
    "nova-lite_full_p": ("nova-lite", "full", P),
    "nova-pro_lora_p": ("nova-pro", "lora", P),
    "nova-pro_full_p": ("nova-pro", "full", ("p5", "p5en")),
    "nova-2-lite_lora_p": ("nova-2-lite", "lora", P),
    "nova-2-lite_full_p": ("nova-2-lite", "full", P),
}
OFFERED = [
    (name, model, peft, hardware)
    for name, (model, peft, options) in PUBLISHED.items()
    for hardware in options
]
# The same of the other methods: what is chosen, and the hardware that gives the same.
OTHERS = {
    "dpo_nova-micro_lora_p": ("method=dpo", P),
    "dpo_nova-micro_lora_g": ("method=dpo", ("g5-12x", "g6-12x", "g5-48x", "g6-48x")),
    "dpo_nova-micro_full_p": ("method=dpo peft=full", P),
    "dpo_nova-lite_lora_p": ("method=dpo model=nova-lite", P),
    "dpo_nova-lite_lora_g-48x": ("method=dpo model=nova-lite", ("g5-48x", "g6-48x")),
    "dpo_nova-lite_full_p": ("method=dpo model=nova-lite peft=full", P),
    "dpo_nova-pro_lora_p": ("method=dpo model=nova-pro", P),
    "dpo_nova-pro_full_p5": ("method=dpo model=nova-pro peft=full", ("p5", "p5en")),
    "dpo_nova-pro_full_p4d": ("method=dpo model=nova-pro peft=full", ("p4d",)),
    "cpt_nova-micro_p5": ("method=cpt", ("p5",)),
    "cpt_nova-lite_p5": ("method=cpt model=nova-lite", ("p5",)),
    "cpt_nova-pro_p5": ("method=cpt model=nova-pro", ("p5",)),
    "cpt_nova-2-lite_p5": ("method=cpt model=nova-2-lite", ("p5",)),
    "rft_lora_hyperpod": ("method=rft", ("p5", "p5en")),
    "rft_full_hyperpod": ("method=rft peft=full", ("p5", "p5en")),
    "rft_lora_training-job": ("method=rft platform=training-job", ("p5", "p5en")),
    "rft_full_training-job": ("method=rft peft=full platform=training-job", ("p5", "p5en")),
}
G_EVALUATING = ("g5-12x", "g5-24x", "g6-12x", "g6-24x")
EVALUATED = {  # where each model is evaluated, and by what it alone is
    "nova-micro": (("p5", *G_EVALUATING), ("llm-judge",)),
    "nova-lite": (("p5", *G_EVALUATING, "g6-48x"), ("llm-judge", "general-multi-modal-benchmark")),
    "nova-pro": (("p5",), ("llm-judge", "general-multi-modal-benchmark")),
    "nova-2-lite": (("p5", "p4d"), ("rubric-llm-judge", "general-multi-modal-benchmark")),
}
OTHERS |= {
    f"evaluation_{model}_{evaluation}": (
        f"method=evaluation model={model} evaluation={evaluation}",
        hardware,
    )
    for model, (hardware, alone) in EVALUATED.items()
    for evaluation in ("general-text-benchmark", "bring-your-own-dataset", "rft", *alone)
}
TEXTS = ("mmlu_pro", "bbh", "gpqa", "math", "strong_reject", "ifeval", "humaneval")
OTHERS |= {
    f"evaluation_{benchmark}": (f"method=evaluation benchmark={benchmark}", ("p5",))
    for benchmark in TEXTS
}
OTHERS["evaluation_mm_llm_judge"] = (
    f"{OTHERS['evaluation_nova-lite_general-multi-modal-benchmark'][0]} benchmark=mm_llm_judge",
    ("p5",),
)
OTHER_OFFERED = [
    (name, (*words.split(), f"hardware={hardware}"))
    for name, (words, options) in OTHERS.items()
    for hardware in options
]
PRESETS = {
    "quickstart_sft": "quickstart_sft_full.yaml",
    "complete_sft": "complete_sft_full.yaml",
    "complete_lora": "lora_sft.yaml",
}


def whole_family():
    """Every published recipe of Nova, whatever its method: its id, choices and values."""
    path = SHARED / "published" / "nova.json"
    if not path.exists():
        pytest.skip("the published recipes (shared/published/nova.json) are not here")
    return json.loads(path.read_text(encoding="utf-8"))
