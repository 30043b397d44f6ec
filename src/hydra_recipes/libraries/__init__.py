"""Libraries: where they come from, what each has, and how they go together."""
