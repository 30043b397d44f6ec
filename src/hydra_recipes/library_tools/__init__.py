"""What is done with whole libraries: checked, compared, locked, migrated, started, shown.

Private: it may change in any release.
"""
