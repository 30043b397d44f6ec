"""Findings and errors about recipes and requests, and how they are shown.

Private: it may change in any release.
"""
