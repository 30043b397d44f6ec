"""Sources: which libraries are in force, and where they are found."""
