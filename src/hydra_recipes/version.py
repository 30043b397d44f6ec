"""The version, for those rooms that write it into what they make."""

__version__ = "0.1.0"
