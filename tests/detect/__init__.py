"""What detectors find, what they must not, and that no cut of a stream changes it."""
