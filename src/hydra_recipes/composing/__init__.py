"""Composing: take overrides, return a recipe that knows where each value came from.

Private: it may change in any release.
"""
