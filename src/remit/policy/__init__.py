"""May it: requests, decisions, permits. Deny on every doubt."""
