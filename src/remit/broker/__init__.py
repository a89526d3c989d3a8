"""Story 1: an agent brings what its platform says of it, and gets a token for one tool server."""
