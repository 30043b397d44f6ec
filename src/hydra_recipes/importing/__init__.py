"""Importing: from a recipe file to the shortest list of choices and overrides that composes it.

Private: it may change in any release.
"""
