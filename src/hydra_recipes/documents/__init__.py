"""Documents: YAML and JSON files, read, written and edited in place."""
