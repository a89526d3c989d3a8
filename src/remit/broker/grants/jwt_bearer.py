"""The jwt-bearer grant (RFC 7523 section 2.1) as workload identity federation.

The caller's platform vouches for it; no client authenticates, and no refresh token comes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.kernel.oauth import InvalidRequest

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class WorkloadGrant:
    """A platform's assertion about the caller, in compact form, not yet verified."""

    unverified_assertion: str = field(repr=False)


def parse(form: Mapping[str, str]) -> WorkloadGrant:
    """The grant's own parameters; raises InvalidRequest where the assertion is missing."""
    assertion = form.get("assertion")
    if assertion is None:
        raise InvalidRequest("assertion is missing")
    return WorkloadGrant(assertion)
