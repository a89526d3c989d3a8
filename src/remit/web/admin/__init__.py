"""The administration API on the unix socket: one action a verb, each done by a known human."""
