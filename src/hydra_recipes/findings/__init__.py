"""Findings: what there is to say about a recipe or a request, and how it is shown.

Private: it may change in any release.
"""
