"""What people would use instead, started on loopback in a temporary folder, stopped after."""
