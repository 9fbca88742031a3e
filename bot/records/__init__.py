"""What is kept of past calls: found, shown and deleted."""
