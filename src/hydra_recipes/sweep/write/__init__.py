"""Writes the recipes of a plan to files; a write can be resumed and extended."""
