"""Families: pydantic models of recipe shapes, and nothing else."""
