"""Measurements: nothing here is a test, and nothing of the product imports it."""
