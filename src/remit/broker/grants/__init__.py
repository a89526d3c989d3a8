"""One file a grant: its `GRANT_TYPE`, the parameters it takes, and how it authenticates."""
