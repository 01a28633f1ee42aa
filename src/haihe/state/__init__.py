"""Folds of the log: the present, the past, relations, and the desk of cases and orders."""
