"""The wire: listeners, routes, and the one place where errors become responses."""
