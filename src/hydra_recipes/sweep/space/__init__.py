"""The request for a sweep, parsed: its axes, conditions and options."""
