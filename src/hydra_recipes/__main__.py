"""``python -m hydra_recipes``: everything Hydra does, over the same library."""

from hydra_recipes.cli.hydra_app import emit_recipe
from hydra_recipes.hydra_bridge import hydra_app

if __name__ == "__main__":
    hydra_app(emit_recipe)()
