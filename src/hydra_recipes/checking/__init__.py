"""Checking: a recipe in, all findings out."""
