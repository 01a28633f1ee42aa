"""Haihe: an open city brain. One platform, many systems."""

__version__ = "0.1.0"
