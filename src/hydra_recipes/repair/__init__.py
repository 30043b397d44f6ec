"""Repair: the smallest changes that make an invalid recipe valid.

Private: it may change in any release.
"""
