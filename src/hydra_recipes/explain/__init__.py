"""Explaining: where each value of a recipe came from, and why another is not allowed.

Private: it may change in any release.
"""
