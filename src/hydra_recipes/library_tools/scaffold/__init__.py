"""A new library to start from."""
