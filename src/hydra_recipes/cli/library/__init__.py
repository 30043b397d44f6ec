"""The commands of ``recipe library``, one file per command."""
