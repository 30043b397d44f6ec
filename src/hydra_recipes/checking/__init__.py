"""Checking: a recipe in, all findings out.

Private: it may change in any release.
"""
