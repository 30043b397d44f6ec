"""The command line: one file per command, and the only room that prints.

Private: it may change in any release.
"""
