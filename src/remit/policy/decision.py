"""A decision: allow or deny, and which policies determined it."""

from dataclasses import dataclass

from remit.kernel.errors import RemitError


@dataclass(frozen=True, slots=True)
class Allowed:
    """Allow: `policies` are the ids of the determining policies, `bundle` the digest of the set."""

    policies: tuple[str, ...]
    bundle: str


class Denied(RemitError):
    """Deny, with a code that an agent can act on; `detail` says which policy, for audit only.

    Codes: `outside_remit`, `constraint`, `policy`, `policy_error`, `definition_changed`,
    `arguments_invalid`, `unbound`, `remit_inactive`, `agent_inactive`.
    """

    status = 403
    error = "access_denied"
    description = "The request is not permitted."

    def __init__(self, code: str, detail: str, policies: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.policies = policies
