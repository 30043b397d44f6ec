"""Sources: which libraries are in force, and where they are found.

Private: it may change in any release.
"""
