"""Checking: take a recipe, return all findings about it.

Private: it may change in any release.
"""
