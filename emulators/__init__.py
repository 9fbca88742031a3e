"""Vendors on loopback: they speak the real wire formats and share no code with the product."""
