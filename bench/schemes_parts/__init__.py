"""What the schemes bench is made of."""
