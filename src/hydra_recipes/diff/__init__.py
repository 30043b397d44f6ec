"""Diff: what differs between two recipes, by meaning: as data, and as text.

The room compares plain trees, wherever they come from. It reads no file, composes nothing, and
never raises for a recipe, however broken.

Private: it may change in any release.
"""
