"""Carriers: what they sign, what they are told, and what can be asked of a live call."""
