"""Families: pydantic models of the shapes of recipes, and nothing else."""
