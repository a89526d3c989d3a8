"""The Model Context Protocol, sans-I/O: bytes and values in, values and bytes out."""
