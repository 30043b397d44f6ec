"""Benchmarks: side by side with what people would use instead, in CPU time and as ratios."""
