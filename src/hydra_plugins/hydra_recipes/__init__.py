"""Hydra plugins: the sweeper ``valid_grid``, and the search path with the libraries in force."""
