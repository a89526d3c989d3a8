"""What can go wrong on the way out.

The wire hears one generic sentence a class; `detail` names the peer and what it did wrong, and
never holds a header value, a body or a query. `may_have_effect` says whether a byte of the request
had left when it failed: such a call is recorded as uncertain, and never sent again (law 14).
"""

from remit.kernel.errors import Malformed, RemitError, Unavailable


class UpstreamFailure(RemitError):
    """The call to the upstream did not end as HTTP demands."""

    status = 502
    error = "upstream_failed"
    description = "The upstream server could not complete the request."

    def __init__(self, detail: str = "", *, may_have_effect: bool = False) -> None:
        super().__init__(detail)
        self.may_have_effect = may_have_effect


class UpstreamUnreachable(UpstreamFailure):
    """No connection could be made, or it ended before there was an answer."""

    error = "upstream_unreachable"
    description = "The upstream server could not be reached."


class UpstreamTimeout(UpstreamFailure):
    """The upstream, its name server or its handshake took too long."""

    status = 504
    error = "upstream_timeout"
    description = "The upstream server did not answer in time."


class UpstreamProtocolError(UpstreamFailure):
    """What the upstream sent is not one well-formed HTTP/1.1 response of the kind we asked for."""

    error = "upstream_protocol_error"
    description = "The upstream server answered in a way that cannot be trusted."


class UpstreamTooLarge(UpstreamFailure):
    """The answer is larger than the caller of the door allows."""

    error = "upstream_too_large"
    description = "The upstream server's answer exceeds a limit."


class AddressRefused(UpstreamFailure):
    """The name leads to an address that this destination may not be at."""

    error = "address_refused"
    description = "The upstream server's address is not allowed."


class DestinationInvalid(Malformed):
    """A URL, host or port that is ambiguous, or nothing that we connect to."""


class RequestUnsendable(Malformed):
    """A method, target or header that must not be put on a connection as it stands."""


class DoorBusy(Unavailable):
    """Every connection that the door may have is in use, and none came free in time."""
