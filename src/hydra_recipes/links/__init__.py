"""Links: interpolations such as ``${run.replicas}`` that tie one key of a recipe to another.

Private: it may change in any release.
"""
