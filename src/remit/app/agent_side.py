"""What runs beside an agent, put together."""

from remit.client.assertion import AssertionSource
from remit.client.bridge import Bridge
from remit.client.catalogue import read_catalogue
from remit.client.exchange import Exchanges, Site
from remit.client.proofs import ProofMaker
from remit.client.remote import RemoteServer
from remit.client.tokens import Tokens
from remit.jose.keys import SigningKey
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.mcp.build import Implementation
from remit.outbound.door import Door


async def connect_agent(
    site: Site, assertion: AssertionSource, remit: str | None, version: str
) -> None:
    """Serve all tools of the agent's remit on standard input and output, until they close."""
    clock, entropy = SystemClock(), SystemEntropy()
    door = Door()
    try:
        # The key is born here and dies with this process.
        exchanges = Exchanges(site, door, ProofMaker(SigningKey.generate(), clock, entropy))
        tokens = Tokens(exchanges, door, assertion, remit, clock)
        client = Implementation("remit-connect", version)
        servers = [
            RemoteServer(address, exchanges, tokens, client)
            for address in await read_catalogue(exchanges, tokens)
        ]
        await Bridge(servers, clock, version).serve()
    finally:
        await door.close()
