"""What ``haihe bench traffic`` measures, a part a file."""
