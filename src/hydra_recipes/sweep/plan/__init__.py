"""Planning: which points of a space are valid, each branch composed once."""
