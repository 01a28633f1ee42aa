"""A case on paper: gathered from the log, drawn as PDF, to be checked against the log again."""
