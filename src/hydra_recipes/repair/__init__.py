"""Repair: the smallest changes that make an invalid recipe valid."""
