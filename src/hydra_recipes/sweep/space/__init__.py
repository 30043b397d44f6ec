"""Spaces: the axes, conditions and options that a sweep asks for."""
