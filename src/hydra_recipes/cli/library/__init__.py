"""``recipe library``: one file a command."""
