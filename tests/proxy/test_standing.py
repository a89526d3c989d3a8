"""What stands behind a caller, resolved in one step."""

import asyncio
from dataclasses import replace

import pytest

from remit.identity.evidence import Unbound
from remit.kernel.ids import ROOT_TENANT
from remit.policy.decision import Denied
from remit.proxy.caller import Caller
from remit.proxy.errors import UnknownRoute
from remit.proxy.messages import BufferedBody, IncomingCall
from remit.proxy.routes import Route, Routes
from remit.proxy.standing import Standings, check_remit
from remit.remits.remit import RemitState
from tests.proxy.world import MCP_SERVER, PUBLIC_URL, REMIT, World, a_remit, world


def caller_of(w: World) -> Caller:
    verified = w.proxy._decisions._callers._access_tokens.verify(w.token())
    return Caller(verified.claims, Unbound())


def route(path: bytes, method: str = "POST") -> Route:
    return Routes(PUBLIC_URL).find(IncomingCall(method, path, b"", (), BufferedBody(b""), "peer"))


def in_world(test: object) -> None:
    async def within() -> None:
        async with world() as w:
            test(w, w.proxy._decisions._standings)  # type: ignore[operator]

    asyncio.run(within())


def test_the_path_of_a_call_names_everything_that_could_be_stopped() -> None:
    def test(w: World, standings: Standings) -> None:
        standing = standings.resolve(caller_of(w), route(b"/tools/tickets"))
        assert [target.key for target in standing.path] == ["agt_ada", REMIT, MCP_SERVER]
        assert set(standings.clear(standing).epochs) == {"agt_ada", REMIT, MCP_SERVER, "everything"}
        catalogue = standings.resolve(caller_of(w), route(b"/tools", "GET"))
        assert catalogue.tool_server is None
        assert len(catalogue.path) == 2

    in_world(test)


def test_a_server_that_is_unknown_or_retired_is_not_there() -> None:
    def test(w: World, standings: Standings) -> None:
        with pytest.raises(UnknownRoute):
            standings.resolve(caller_of(w), route(b"/tools/nothing"))
        w.directory.tool_servers.put(MCP_SERVER, replace(w.mcp_server, retired=True))
        with pytest.raises(UnknownRoute):
            standings.resolve(caller_of(w), route(b"/tools/tickets"))

    in_world(test)


@pytest.mark.parametrize("state", list(RemitState))
def test_only_exactly_active_permits(state: RemitState) -> None:
    def test(w: World, _: Standings) -> None:
        remit = a_remit(state=state)
        if state is RemitState.ACTIVE:
            check_remit(remit, caller_of(w), w.clock.now())
            return
        with pytest.raises(Denied):
            check_remit(remit, caller_of(w), w.clock.now())

    in_world(test)


def test_a_remit_lasts_from_its_first_instant_to_before_its_last() -> None:
    def test(w: World, _: Standings) -> None:
        caller, remit = caller_of(w), a_remit()
        check_remit(remit, caller, remit.not_before)
        for instant in (remit.expires_at, remit.not_before.replace(year=2020)):
            with pytest.raises(Denied):
                check_remit(remit, caller, instant)
        assert remit.tenant == ROOT_TENANT

    in_world(test)
