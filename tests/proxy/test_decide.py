"""Steps 0 to 4: one request, one state of the world, one decision, and no effect."""

import asyncio
from typing import Any

import pytest

from remit.kernel.canonical import canonicalize, digest_bytes
from remit.kernel.errors import LimitExceeded
from remit.policy.decision import Denied
from remit.proxy.asked import AskedCatalogue, MCPForm
from remit.proxy.attempt import Attempt
from remit.proxy.decide import Decisions, OwnAnswer, Permitted
from remit.proxy.errors import CredentialsMissing
from remit.proxy.messages import IncomingCall
from remit.remits.remit import RemitState
from tests.proxy.world import REMIT, World, a_remit, world


def deciding(test: Any) -> None:
    async def within() -> None:
        async with world() as w:
            await test(w, w.proxy._decisions)
            assert not w.mcp.called
            assert not w.http_upstream.requests
            assert not [r for r in w.journal.tags() if r.startswith("call.")]

    asyncio.run(within())


def test_a_permit_holds_what_was_decided_on() -> None:
    async def test(w: World, decisions: Decisions) -> None:
        attempt = Attempt()
        decided = await decisions.decide(w.mcp_call("read_ticket", {"id": "t-1"}), attempt)
        assert isinstance(decided, Permitted)
        request = decided.permit.request
        assert request.canonical_arguments == canonicalize({"id": "t-1"}) == b'{"id":"t-1"}'
        assert request.arguments_digest == digest_bytes(request.canonical_arguments)
        assert request.facts.bound is True
        assert request.facts.depth == 0
        assert (attempt.tool, attempt.form) == ("read_ticket", MCPForm("call-1"))
        assert attempt.arguments_digest == request.arguments_digest
        assert [request] == w.policy.asked

    deciding(test)


def test_the_catalogue_asks_for_no_tool() -> None:
    async def test(w: World, decisions: Decisions) -> None:
        decided = await decisions.decide(w.incoming("GET", "/tools"), Attempt())
        assert isinstance(decided, OwnAnswer)
        assert decided.asked == AskedCatalogue()
        assert decided.standing.tool_server is None

    deciding(test)


class Watched:
    """A body that tells whether it was read."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(self, max_bytes: int) -> bytes:
        self.reads += 1
        raise LimitExceeded("too large")


def test_the_body_of_a_stranger_is_not_read() -> None:
    async def test(w: World, decisions: Decisions) -> None:
        body = Watched()
        headers = ((b"content-type", b"application/json"),)
        incoming = IncomingCall("POST", b"/tools/tickets", b"", headers, body, "peer")
        with pytest.raises(CredentialsMissing):
            await decisions.decide(incoming, Attempt())
        assert body.reads == 0

    deciding(test)


def test_what_changed_while_the_body_came_is_seen() -> None:
    class Slow:
        def __init__(self, w: World, content: bytes) -> None:
            self.w, self.content = w, content

        async def read(self, max_bytes: int) -> bytes:
            await asyncio.sleep(0)
            self.w.remits.by_id[REMIT] = a_remit(state=RemitState.STOPPED)
            return self.content

    async def test(w: World, decisions: Decisions) -> None:
        given = w.mcp_call("read_ticket")
        body = Slow(w, await given.body.read(10_000))
        incoming = IncomingCall("POST", given.path, b"", given.headers, body, "peer")
        with pytest.raises(Denied):
            await decisions.decide(incoming, Attempt())

    deciding(test)


def test_what_changed_while_the_upstream_was_looked_at_is_seen() -> None:
    async def test(w: World, decisions: Decisions) -> None:
        looking = w.mcp_upstream.answering

        def answering(request: Any) -> Any:
            w.remits.by_id[REMIT] = a_remit(state=RemitState.SUSPENDED)
            return looking(request)

        w.mcp_upstream.answering = answering
        with pytest.raises(Denied):
            await decisions.decide(w.mcp_call("read_ticket"), Attempt())

    deciding(test)


def test_what_is_outside_the_remit_is_told_before_its_definition_is() -> None:
    async def test(w: World, decisions: Decisions) -> None:
        w.mcp.tools = []
        with pytest.raises(Denied) as denied:
            await decisions.decide(w.mcp_call("secret_tool"), Attempt())
        assert denied.value.code == "outside_remit"

    deciding(test)
