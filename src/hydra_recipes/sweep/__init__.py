"""Sweeps: from a space of axes to a grid that holds only valid recipes.

Private: it may change in any release.
"""
