"""演练: a past span of the log once more, at a chosen speed, on a copy that reaches nobody."""
