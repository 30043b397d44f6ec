"""Composing: overrides in, a recipe out, with where each value came from.

Private: it may change in any release.
"""
