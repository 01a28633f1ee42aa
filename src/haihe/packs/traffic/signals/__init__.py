"""The loop over a network's signals: records in, lawful stages out, each with who and why."""
