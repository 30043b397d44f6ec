"""Checking a library: every option, preset, sweep, offer, limit and rule of it, and its cases."""
