"""Editing: a file changed in place, its comments and its layout kept."""
