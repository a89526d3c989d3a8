"""Step 1, where the Authorization header is read: the rest of it is in tests/hostile."""

import asyncio

import pytest

from remit.identity.evidence import Confirmation, Unbound
from remit.kernel.oauth import InvalidDPoPProof, InvalidRequest, InvalidToken
from remit.proxy.caller import Caller, Callers
from remit.proxy.errors import CredentialsMissing
from remit.proxy.routes import Routes
from tests.proxy.world import PUBLIC_URL, World, world


def verify(w: World, *headers: tuple[bytes, bytes], token: str | None = None) -> Caller:
    incoming = w.mcp_call("read_ticket", proved=False, more=headers)
    callers: Callers = w.proxy._decisions._callers
    return callers.verify(incoming, Routes(PUBLIC_URL).find(incoming))


def in_world(test: object) -> None:
    async def within() -> None:
        async with world() as w:
            test(w)  # type: ignore[operator]

    asyncio.run(within())


def test_a_bound_caller_is_confirmed_and_claimed_already() -> None:
    def test(w: World) -> None:
        token = w.token()
        caller = verify(w, *w.credentials("POST", f"{PUBLIC_URL}/tools/tickets", token))
        assert caller.is_bound
        assert isinstance(caller.confirmation, Confirmation)
        assert caller.confirmation.claim is None
        assert caller.claims.agent == "agt_ada"

    in_world(test)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_an_unbound_caller_is_a_bearer(scheme: str) -> None:
    def test(w: World) -> None:
        header = (b"authorization", f"{scheme} {w.token(bound=False)}".encode())
        caller = verify(w, header)
        assert not caller.is_bound
        assert isinstance(caller.confirmation, Unbound)

    in_world(test)


def test_a_proof_beside_a_bearer_token_is_refused() -> None:
    def test(w: World) -> None:
        token = w.token(bound=False)
        _, proof = w.credentials("POST", f"{PUBLIC_URL}/tools/tickets", token)
        with pytest.raises(InvalidDPoPProof):
            verify(w, (b"authorization", f"Bearer {token}".encode()), proof)

    in_world(test)


def test_an_unbound_token_is_not_made_bound_by_a_proof() -> None:
    def test(w: World) -> None:
        token = w.token(bound=False)
        with pytest.raises(InvalidToken):
            verify(w, *w.credentials("POST", f"{PUBLIC_URL}/tools/tickets", token))

    in_world(test)


def test_a_dpop_token_without_a_proof_is_refused() -> None:
    def test(w: World) -> None:
        with pytest.raises(InvalidDPoPProof):
            verify(w, (b"authorization", f"DPoP {w.token()}".encode()))

    in_world(test)


def test_no_header_and_two_headers_are_told_apart() -> None:
    def test(w: World) -> None:
        with pytest.raises(CredentialsMissing):
            verify(w)
        header = (b"authorization", f"Bearer {w.token(bound=False)}".encode())
        with pytest.raises(InvalidRequest):
            verify(w, header, header)

    in_world(test)


def test_a_proof_of_a_bad_token_is_not_remembered() -> None:
    def test(w: World) -> None:
        token = w.token("https://elsewhere.example/tools/x")
        replay = w.proxy._decisions._callers._replay
        with pytest.raises(InvalidToken):
            verify(w, *w.credentials("POST", f"{PUBLIC_URL}/tools/tickets", token))
        assert len(replay) == 0

    in_world(test)
