"""A library: its options, its defaults lists, and the old names in it.

Private: it may change in any release.
"""
