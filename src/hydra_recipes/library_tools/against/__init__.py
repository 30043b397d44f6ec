"""Which recipes of a directory, such as a new release of published ones, libraries compose."""
