"""What a governed call costs, beside a direct one in the same run: `make bench`."""
