"""Stops and epochs: how authority ends at once, and how what is in flight is cut."""
