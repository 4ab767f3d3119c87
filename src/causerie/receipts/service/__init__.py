"""What one can do with what is read."""
