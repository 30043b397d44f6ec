"""Work on whole libraries: checking, comparing, locking, migrating, starting and showing them.

Private: it may change in any release.
"""
