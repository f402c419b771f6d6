"""Reads of the full text and of what it points to."""
