"""The plugins for Hydra: its sweeper ``valid_grid``, and the libraries on its search path."""
