"""Parts of the console's bench."""
