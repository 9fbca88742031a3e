"""Evaluations of the whole agent against task data from outside."""
