"""What is read, what is not, and what else a person's devices hold in common."""
