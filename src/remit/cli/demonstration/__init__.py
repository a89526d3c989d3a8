"""A whole site on the loopback, for `remit demo` and `remit dev`: real parts, nothing played."""
