"""Libraries: their option files, their defaults lists, and the old names in them.

Private: it may change in any release.
"""
