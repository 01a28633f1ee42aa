"""What ``haihe bench zone`` measures, a part a file."""
