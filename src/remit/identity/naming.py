"""Names for people: what one may be. It is given once in its tenant and kind, and never again."""

from re import compile as pattern

from remit.kernel.errors import Malformed

# RFC 1035 section 2.3.1, in lower case: a name stands in URLs, policies and manifests as it is.
_NAME = pattern(r"[a-z][a-z0-9-]{0,62}")
_WORD = pattern(r"[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,127}")


def verify_name(name: str) -> str:
    """The same name, if it can be one."""
    if _NAME.fullmatch(name) is None:
        raise Malformed(f"{name[:80]!r} is not a name: a letter, then letters, digits or hyphens")
    return name


def verify_word(word: str, what: str) -> str:
    """The same system, environment or purpose, if it can be one."""
    if _WORD.fullmatch(word) is None:
        raise Malformed(f"{word[:80]!r} cannot be {what}")
    return word
