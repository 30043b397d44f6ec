"""Sweeps: from a space of axes to a grid that holds only valid recipes."""
