"""What can be wrong with a signed object or a key; whoever received it translates to the wire."""

from remit.kernel.errors import RemitError


class JOSERefused(RemitError):
    """The root of what this package raises about objects and keys that came from elsewhere."""

    status = 400
    error = "invalid_request"
    description = "The signed object is not acceptable."


class MalformedJWT(JOSERefused):
    """Not a compact JWS in its strict form, or with a header that is not accepted."""


class InvalidSignature(JOSERefused):
    """The signature is not this key's over these bytes, or its algorithm is not allowed here."""


class UnknownKey(JOSERefused):
    """No key, or no single key, of the set fits the header: the set may be stale."""


class InvalidClaims(JOSERefused):
    """The signature holds, but a claim is absent, of the wrong type, or out of time."""


class InvalidKey(JOSERefused):
    """A key or a key set that is malformed, private, weak, or of a kind that is not accepted."""
