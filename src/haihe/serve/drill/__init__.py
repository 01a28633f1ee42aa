"""Drills over HTTP: one at a time, in a process of its own that ends with the server."""
