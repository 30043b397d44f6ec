"""Explaining a recipe: where each value came from, and what bears on it."""
