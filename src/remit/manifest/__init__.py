"""Declarative documents: read, checked, compared with what is, applied."""
