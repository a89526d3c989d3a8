"""The thief: has a real token of ada's, and tries it everywhere that is not ada's own process."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.cli.demonstration.site import DemoSite
from remit.client.assertion import CommandAssertion
from remit.client.exchange import Exchanges, Site
from remit.client.proofs import ProofMaker
from remit.client.tokens import Tokens
from remit.jose.keys import SigningKey
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.secret import Secret
from remit.outbound.door import Door
from remit.outbound.message import Limits, OutboundRequest

_DISCOVER: Mapping[str, Json] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}
_HEADERS = (
    (b"content-type", b"application/json"),
    (b"accept", b"application/json, text/event-stream"),
    (b"mcp-protocol-version", b"2026-07-28"),
    (b"mcp-method", b"tools/list"),
)


@dataclass(frozen=True, slots=True)
class Theft:
    """A stolen token, and the statuses that its uses got."""

    own_use: int
    as_bearer: int
    with_own_key: int
    at_another_server: int
    token: Secret[str] = field(repr=False)


async def steal_and_try(site: DemoSite) -> Theft:
    """Get a token as ada does, then use it as a thief would."""
    clock, entropy, door = SystemClock(), SystemEntropy(), Door()
    os.environ.update(site.workload)
    remote = Site(site.places.url)
    try:
        ada = Exchanges(remote, door, ProofMaker(SigningKey.generate(), clock, entropy))
        thief = Exchanges(remote, door, ProofMaker(SigningKey.generate(), clock, entropy))
        identity = (sys.executable, str(site.places.example / "identity.py"))
        tokens = Tokens(ada, door, CommandAssertion(identity), None, clock)
        desk, crm = site.places.url + "/tools/desk", site.places.url + "/tools/crm"
        token = await tokens.obtain(desk)
        return Theft(
            own_use=await _use(ada, desk, token),
            as_bearer=await _bear(remote, door, desk, token),
            with_own_key=await _use(thief, desk, token),
            at_another_server=await _use(ada, crm, token),
            token=token,
        )
    finally:
        await door.close()


async def _use(exchanges: Exchanges, url: str, stolen: Secret[str]) -> int:
    body = canonicalize(_DISCOVER)
    async with await exchanges.send("POST", url, _HEADERS, body, stolen) as response:
        return response.status


async def _bear(remote: Site, door: Door, url: str, stolen: Secret[str]) -> int:
    destination, target = remote.locate(url)
    bearer = (b"authorization", b"Bearer " + stolen.open().encode())
    request = OutboundRequest(b"POST", target, (*_HEADERS, bearer), canonicalize(_DISCOVER))
    async with await door.send(destination, request, Limits(), partition="thief") as response:
        return response.status
