"""Comparison: what a change of a library does to all that is composed from it.

Both versions are composed and checked with the same other libraries. Nothing of a version is ever
written to, and git is only read from.
"""
