"""Remit bounds what autonomous agents may do: an identity, a remit, and no more."""

__version__ = "0.1.0"
