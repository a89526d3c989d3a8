"""The living bindings of one issuer, found by what each of them pins: never by trying them all.

A pin is a claim that says who a subject is and is never given twice: `sub`, or a platform's id.
"""

from collections.abc import Callable
from re import compile as pattern

from remit.identity.trust import IdentityBinding
from remit.kernel.ids import BindingId

# What the platforms call an id: repository_id, oidc.circleci.com/project-id, pod.uid, oid.
_ID = pattern(r"sub|(?:.*[._/-])?(?:id|uid|oid)")


def is_pin(claim: str) -> bool:
    """Whether a claim of this name can pin a subject."""
    return _ID.fullmatch(claim) is not None


class PinnedBindings:
    """Replacing a binding costs the same however many there are."""

    def __init__(self) -> None:
        self._all: dict[BindingId, IdentityBinding] = {}
        self._by_pin: dict[str, dict[str, dict[BindingId, IdentityBinding]]] = {}

    def all(self) -> tuple[IdentityBinding, ...]:
        """Every one, in order of creation."""
        return tuple(self._all.values())

    def candidates(self, claim: Callable[[str], object]) -> tuple[IdentityBinding, ...]:
        """Those whose pin is what `claim` says of its name; their other claims are not compared."""
        found: list[IdentityBinding] = []
        for name, by_value in self._by_pin.items():
            value = claim(name)
            if isinstance(value, str):
                found.extend(by_value.get(value, {}).values())
        return tuple(found)

    def put(self, binding: IdentityBinding) -> None:
        """Keep a binding as it is now; a retired one is let go."""
        before = self._all.get(binding.id)
        if before is not None:
            self._withdraw(before)
        if binding.retired:
            self._all.pop(binding.id, None)
            return
        self._all[binding.id] = binding
        name, value = _pin_of(binding)
        self._by_pin.setdefault(name, {}).setdefault(value, {})[binding.id] = binding

    def _withdraw(self, binding: IdentityBinding) -> None:
        name, value = _pin_of(binding)
        by_value = self._by_pin[name]
        del by_value[value][binding.id]
        if not by_value[value]:
            del by_value[value]
        if not by_value:
            del self._by_pin[name]


def _pin_of(binding: IdentityBinding) -> tuple[str, str]:
    # `sub` tells subjects apart best; whichever is chosen, a binding demands all of its claims.
    claims = binding.claims
    name = min(claims, key=lambda each: (each != "sub", not is_pin(each), each))
    return name, claims[name]
