"""Measures of signals (ATSPM): what a controller's tenth-of-a-second events say of its work."""
