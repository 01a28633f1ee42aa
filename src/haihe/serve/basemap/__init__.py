"""The base map an operator brings: a file of vector tiles, or an extract to cut them from."""
