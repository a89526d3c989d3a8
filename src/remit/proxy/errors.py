"""Why the proxy refuses, or withholds what an upstream answered; one class is one wire code."""

from remit.kernel.errors import LimitExceeded, Malformed, NotFound, RemitError
from remit.outbound.errors import UpstreamFailure


class UnknownRoute(NotFound):
    """No tool server has this path."""


class MethodNotAllowed(RemitError):
    """The path is there, but not with this method."""

    status = 405
    error = "method_not_allowed"
    description = "The method is not allowed here."

    def __init__(self, detail: str, allow: str) -> None:
        super().__init__(detail)
        self.allow = allow


class AmbiguousRequest(Malformed):
    """A request that two readers could understand differently."""

    description = "The request can be read in more than one way."


class CredentialsMissing(RemitError):
    """No access token came with the request."""

    status = 401
    error = "unauthorized"
    description = "An access token is required."


class UnsupportedMediaType(Malformed):
    """A body that is not JSON, or says that it is not."""

    status = 415
    error = "unsupported_media_type"
    description = "The body must be application/json."


class TooManyCalls(LimitExceeded):
    """More calls at a time than one agent, or one tool server, may have."""

    status = 429
    error = "too_many_calls"
    description = "Too many calls at a time; wait for one to end."


class CallCut(RemitError):
    """The call was under way when something on its path was stopped."""

    status = 403
    error = "call_cut"
    description = "The call was stopped while it was under way."
    may_have_effect = True


class ReplyWithheld(UpstreamFailure):
    """The upstream's answer may not reach the caller. It had been sent: there may be an effect."""

    error = "reply_withheld"
    description = "The upstream server's answer was withheld."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, may_have_effect=True)


class CredentialEchoed(ReplyWithheld):
    """The answer holds the credential that the call was sent with."""

    error = "credential_echoed"


class UpstreamRefused(ReplyWithheld):
    """The upstream refused our credential (401, 403): an operator's concern, not the caller's."""

    error = "upstream_refused"
    description = "The upstream server refused the call."


class UpstreamRedirected(ReplyWithheld):
    """The upstream answered with a redirect, which is never followed and never passed on."""

    error = "upstream_redirected"


class UpstreamFaulty(ReplyWithheld):
    """The upstream answered that it failed (5xx)."""

    error = "upstream_error"
    description = "The upstream server reported an error."
