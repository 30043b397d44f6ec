"""Composing: overrides in, a recipe out, with where each value came from."""
