"""Which version of bpstudio this is."""

__version__ = "0.1.0"
