"""Offers, limits and rules: what a valid recipe is, as data from the libraries.

Private: it may change in any release.
"""
