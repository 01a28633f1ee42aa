"""What comes in: every feed keeps the good part and refuses the bad part with its reason."""
