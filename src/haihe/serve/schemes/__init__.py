"""Schemes over HTTP: books, enterprises, applications, money. What is computed is in ``decide``."""
