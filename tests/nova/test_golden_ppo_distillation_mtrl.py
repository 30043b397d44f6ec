"""The recipes of PPO, distillation and multi-turn reinforcement learning, as golden files."""

import pytest

from hydra_recipes import check, compose

OFFERED = {
    "ppo_nova-micro_p5": ("ppo", "nova-micro"),
    "ppo_nova-lite_p5": ("ppo", "nova-lite"),
    "ppo_nova-pro_p5": ("ppo", "nova-pro"),
    "distillation_nova-pro_r5-24x": ("distillation", "nova-pro"),
    "distillation_nova-premier_r5-24x": ("distillation", "nova-premier"),
    "mtrl_nova-2-lite_lora": ("mtrl", "nova-2-lite"),
}
USUAL = {"distillation": "nova-pro", "ppo": "nova-micro", "mtrl": "nova-2-lite"}


@pytest.mark.parametrize("name", OFFERED)
def test_each_offered_combination_gives_its_golden_recipe(golden, name):
    method, model = OFFERED[name]
    recipe = compose([f"method={method}", f"model={model}"])
    links = "recipes" if method == "ppo" else "resolved"
    golden(f"recipes/{name}.yaml", recipe.to_yaml(links=links))
    assert check(recipe).valid


@pytest.mark.parametrize("method", USUAL)
def test_what_is_not_chosen_is_what_the_method_needs(method):
    recipe = compose([f"method={method}"])
    assert recipe.choices["model"] == USUAL[method]
    assert check(recipe).valid
