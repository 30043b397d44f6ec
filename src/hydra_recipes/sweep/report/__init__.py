"""Reports on what a plan holds and leaves out, and why."""
