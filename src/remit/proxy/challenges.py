"""How a caller is told which proof is missing: RFC 6750 section 3, RFC 9449 section 7, RFC 9728."""

from remit.identity.proof.dpop import PROOF_ALGORITHMS
from remit.kernel.errors import RemitError
from remit.kernel.oauth import InsufficientScope, InvalidDPoPProof, InvalidToken, UseDPoPNonce
from remit.outbound.message import Header
from remit.policy.decision import Denied
from remit.proxy.errors import CredentialsMissing
from remit.proxy.routes import Route

_DPOP_ERRORS = (InvalidToken, InvalidDPoPProof, UseDPoPNonce)


def is_unauthorized(error: RemitError) -> bool:
    """Whether the answer must be 401: nobody has been identified."""
    return isinstance(error, (CredentialsMissing, *_DPOP_ERRORS))


def status_of(error: RemitError) -> int:
    """The HTTP status of a refusal; here errors of proof are 401 (RFC 9449 section 7.1)."""
    return 401 if is_unauthorized(error) else error.status


def challenges(
    error: RemitError, route: Route | None, nonce: str, *, offers_bearer: bool
) -> tuple[Header, ...]:
    """WWW-Authenticate and DPoP-Nonce for a refusal, or nothing where no proof would help."""
    if route is None:
        return ()
    if isinstance(error, InsufficientScope) or _wants_binding(error):
        code: str | None = InsufficientScope.error
    elif is_unauthorized(error):
        # RFC 6750 section 3.1: no error code for a request that carried no credentials.
        code = None if isinstance(error, CredentialsMissing) else error.error
    else:
        return ((b"dpop-nonce", nonce.encode()),)
    told = [
        f'algs="{" ".join(PROOF_ALGORITHMS)}"',
        f'resource_metadata="{route.resource_metadata}"',
    ]
    found = [_challenge("DPoP", code, told)]
    if offers_bearer and not isinstance(error, UseDPoPNonce | InvalidDPoPProof):
        found.append(_challenge("Bearer", code, told[1:]))
    return (*found, (b"dpop-nonce", nonce.encode()))


def _wants_binding(error: RemitError) -> bool:
    return isinstance(error, Denied) and error.code == "unbound"


def _challenge(scheme: str, code: str | None, told: list[str]) -> Header:
    parameters = told if code is None else [f'error="{code}"', *told]
    return (b"www-authenticate", f"{scheme} {', '.join(parameters)}".encode())
