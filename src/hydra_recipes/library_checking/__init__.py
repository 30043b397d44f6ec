"""Checking a library: whether all that it has composes, is valid, and is of use."""
