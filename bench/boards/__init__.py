"""The boards of ``haihe bench sensing``: one module for each row of its table."""
