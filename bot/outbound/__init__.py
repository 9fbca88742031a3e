"""Calls that we place: what may be dialled, each order once, and what becomes of it."""
