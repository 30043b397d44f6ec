"""Checks of a library: of every option, preset, sweep, offer, limit and rule in it."""
