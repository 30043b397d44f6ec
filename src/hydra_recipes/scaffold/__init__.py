"""Scaffold: the package that a new library begins as."""
