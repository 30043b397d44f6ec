"""``python -m hydra_recipes``: everything Hydra does, over the same library."""

from hydra_recipes.cli.hydra_app import run

if __name__ == "__main__":
    run()
