"""Offers, limits and rules: what is valid, as data from the libraries."""
