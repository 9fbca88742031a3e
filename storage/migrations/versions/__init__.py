"""Schema versions in order; each file names the one before it."""
