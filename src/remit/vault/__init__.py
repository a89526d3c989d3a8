"""Secrets: sealed at rest, versioned, opened for one permitted call at a time."""
