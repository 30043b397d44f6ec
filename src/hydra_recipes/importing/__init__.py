"""Importing: the shortest list of choices and overrides that composes a recipe file's recipe.

Private: it may change in any release.
"""
