"""Story 2: the tool call, and all that stands between an agent and an upstream."""
