"""Access tokens: RFC 9068, one audience, minutes of life, bound to a key."""
