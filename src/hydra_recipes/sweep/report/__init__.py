"""Reports: what a plan holds and leaves out, and why."""
