"""The files of a new library to start from."""
