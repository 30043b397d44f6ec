"""Writing: the recipes of a plan in files, resumed and extended."""
