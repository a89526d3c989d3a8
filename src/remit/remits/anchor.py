"""Integrity anchors: one text that commits to a JSON value, its kind and its namespace.

The envelope anchor of Mission-Bound Authorization for OAuth 2.0 (its sections on integrity anchors
and their test vectors): SHA-256 over the RFC 8785 bytes of `{iss, typ, value}`, written `sha-256:`
and base64url without padding.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256

from remit.kernel.canonical import Json, canonicalize


def anchor(typ: str, issuer: str, value: Json) -> str:
    """The anchor of a value; raises Malformed for one that has no canonical form."""
    envelope = canonicalize({"iss": issuer, "typ": typ, "value": value})
    return "sha-256:" + urlsafe_b64encode(sha256(envelope).digest()).rstrip(b"=").decode()
