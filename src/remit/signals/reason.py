"""Why somebody did something: one line of text that goes into the audit log."""

from remit.kernel.errors import Malformed

MAX_LENGTH = 500


def verify_reason(reason: str) -> str:
    """The reason without blanks around it; refuses none at all, a long one, control characters."""
    text = reason.strip()
    if not text:
        raise Malformed("a reason is missing")
    if len(text) > MAX_LENGTH:
        raise Malformed(f"a reason of {len(text)} characters, where {MAX_LENGTH} are allowed")
    if not text.isprintable():
        raise Malformed("a reason with characters that cannot be printed")
    return text
