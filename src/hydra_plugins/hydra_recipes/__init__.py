"""The plugins for Hydra: its sweeper ``valid_grid``."""
