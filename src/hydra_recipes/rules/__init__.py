"""Offers, limits and rules: what is valid, as data from the libraries.

Private: it may change in any release.
"""
