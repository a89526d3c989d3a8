"""The thief: has a real token of ada's, and tries it everywhere that is not ada's own process.

He also has a whole request of hers, as it went over the wire, and knows which tools she lacks.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from remit.cli.demonstration.children import ChildFailed
from remit.cli.demonstration.site import DemoSite
from remit.client.exchange import Exchanges, Site
from remit.client.proofs import ProofMaker
from remit.client.tokens import Tokens
from remit.jose.keys import SigningKey
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.secret import Secret
from remit.outbound.door import Door
from remit.outbound.message import Header, Limits, OutboundRequest

_VERSION = "2026-07-28"


@dataclass(frozen=True, slots=True)
class Theft:
    """The statuses that the uses of a stolen token got."""

    own_use: int
    same_request_again: int
    as_bearer: int
    with_own_key: int
    at_another_server: int
    another_tool: int


async def steal_and_try(site: DemoSite) -> Theft:
    """Get a token as ada does, then use it as a thief would."""
    clock, entropy, door = SystemClock(), SystemEntropy(), Door()
    remote = Site(site.places.url)
    try:
        proofs = ProofMaker(SigningKey.generate(), clock, entropy)
        tokens = Tokens(Exchanges(remote, door, proofs), door, _Identity(site), None, clock)
        token = await tokens.obtain(site.places.url + "/tools/desk")
        thief = ProofMaker(SigningKey.generate(), clock, entropy)
        return await _try(_Attempts(remote, door, token), proofs, thief)
    finally:
        await door.close()


class _Identity:
    """What ada's platform says of her, asked for by her own program (an AssertionSource)."""

    def __init__(self, site: DemoSite) -> None:
        self._program = str(site.places.example / "identity.py")
        self._environment = {**os.environ, **site.workload}

    async def read(self) -> Secret[str]:
        program = await asyncio.create_subprocess_exec(
            sys.executable, self._program, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await program.communicate()
        if program.returncode != 0:
            raise ChildFailed(f"{self._program} ended with {program.returncode}")
        return Secret(said.decode().strip())


class _Attempts:
    """Requests with the stolen token, each sent as it is said."""

    def __init__(self, remote: Site, door: Door, access_token: Secret[str]) -> None:
        self._remote = remote
        self._door = door
        self._token = access_token
        self._nonce: str | None = None

    def bound(self, server: str, proofs: ProofMaker) -> tuple[Header, ...]:
        """The token, and a proof by some key."""
        proof = proofs.make("POST", self._url(server), self._nonce, self._token)
        return (
            (b"authorization", b"DPoP " + self._token.open().encode()),
            (b"dpop", proof.encode()),
        )

    def bearer(self) -> tuple[Header, ...]:
        """The token alone."""
        return ((b"authorization", b"Bearer " + self._token.open().encode()),)

    async def send(self, server: str, headers: tuple[Header, ...], tool: str | None = None) -> int:
        """The status of a list of tools, or of the call of one; learns the nonce of the answer."""
        destination, target = self._remote.locate(self._url(server))
        said, body = _ask_for_list() if tool is None else _ask_for_call(tool)
        request = OutboundRequest(b"POST", target, (*said, *headers), body)
        async with await self._door.send(destination, request, Limits(), partition="thief") as got:
            nonce = got.header(b"dpop-nonce")
            self._nonce = self._nonce if nonce is None else nonce.decode("ascii")
            return got.status

    def _url(self, server: str) -> str:
        return f"{self._remote.issuer}/tools/{server}"


async def _try(attempts: _Attempts, ada: ProofMaker, thief: ProofMaker) -> Theft:
    # RFC 9449 section 9: the first request only brings the nonce.
    await attempts.send("desk", attempts.bound("desk", ada))
    request = attempts.bound("desk", ada)
    return Theft(
        own_use=await attempts.send("desk", request),
        same_request_again=await attempts.send("desk", request),
        as_bearer=await attempts.send("desk", attempts.bearer()),
        with_own_key=await attempts.send("desk", attempts.bound("desk", thief)),
        at_another_server=await attempts.send("crm", attempts.bound("crm", ada)),
        another_tool=await attempts.send(
            "desk", attempts.bound("desk", ada), tool="delete_all_tickets"
        ),
    )


def _ask_for_list() -> tuple[tuple[Header, ...], bytes]:
    return _message("tools/list", {})


def _ask_for_call(tool: str) -> tuple[tuple[Header, ...], bytes]:
    headers, body = _message("tools/call", {"name": tool, "arguments": {}})
    return (*headers, (b"mcp-name", tool.encode())), body


def _message(method: str, params: Mapping[str, Json]) -> tuple[tuple[Header, ...], bytes]:
    meta: Json = {
        "io.modelcontextprotocol/protocolVersion": _VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = (
        (b"content-type", b"application/json"),
        (b"accept", b"application/json, text/event-stream"),
        (b"mcp-protocol-version", _VERSION.encode()),
        (b"mcp-method", method.encode()),
    )
    asked: Json = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return headers, canonicalize(asked)
