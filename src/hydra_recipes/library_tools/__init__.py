"""What is done with whole libraries: checked, compared, locked, migrated, started, shown."""
