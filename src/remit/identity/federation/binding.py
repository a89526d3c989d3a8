"""Which agent a platform's subject is: exactly one binding must match, claim by claim, exactly.

An absent claim matches nothing, and a number or a boolean never equals a text. Nothing is matched
by pattern, and no binding goes before another: where two match, neither does.
"""

from collections.abc import Sequence

from remit.identity.trust import IdentityBinding, TrustIssuer
from remit.jose.claims import SignedClaims
from remit.kernel.ids import BindingId
from remit.kernel.oauth import InvalidGrant


def match_binding(
    claims: SignedClaims,
    issuer: TrustIssuer,
    bindings: Sequence[IdentityBinding],
    named: BindingId | None,
) -> IdentityBinding:
    """The one binding of this issuer that these claims fulfil, or the `named` one if they do.

    Raises InvalidGrant for none and for several.
    """
    matching = [
        binding
        for binding in bindings
        if named in (None, binding.id) and _is_match(claims, issuer, binding)
    ]
    if len(matching) != 1:
        which = "named binding" if named is not None else "bindings"
        raise InvalidGrant(f"{len(matching)} {which} of {issuer.issuer} match the assertion")
    return matching[0]


def _is_match(claims: SignedClaims, issuer: TrustIssuer, binding: IdentityBinding) -> bool:
    if binding.retired or not binding.claims:
        return False
    # The look-up was by issuer already; a mistake there must not bind another issuer's subjects.
    if (binding.tenant, binding.issuer) != (issuer.tenant, issuer.id):
        return False
    return all(_is_text(claims.get(name), value) for name, value in binding.claims.items())


def _is_text(claim: object, value: str) -> bool:
    return isinstance(claim, str) and claim == value
