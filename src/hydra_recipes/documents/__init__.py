"""Documents: YAML and JSON files, read, written and edited in place.

Private: it may change in any release.
"""
