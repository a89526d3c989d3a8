"""The catalogue: which tool servers this agent's remit reaches, asked of Remit itself."""

from collections.abc import Sequence

from remit.client.exchange import Exchanges, read_refusal
from remit.client.remote import ServerAddress
from remit.client.tokens import Tokens
from remit.kernel.canonical import Json, parse_strict
from remit.kernel.errors import Unavailable

_MAX_BYTES = 1 << 20


async def read_catalogue(exchanges: Exchanges, tokens: Tokens) -> Sequence[ServerAddress]:
    """The tool servers by name; raises Refused where the agent has no remit."""
    resource = exchanges.site.issuer + "/tools"
    token = await tokens.obtain(resource)
    response = await exchanges.send(
        "GET", resource, ((b"accept", b"application/json"),), b"", token
    )
    async with response:
        if response.status != 200:
            raise await read_refusal(response)
        listed = _parse(parse_strict(await response.read(_MAX_BYTES)))
    for address in listed:
        exchanges.site.locate(address.resource)
    return listed


def _parse(catalogue: Json) -> Sequence[ServerAddress]:
    servers = catalogue.get("tool_servers") if isinstance(catalogue, dict) else None
    if not isinstance(servers, list):
        raise Unavailable("the catalogue is not what Remit publishes")
    return [_parse_server(server) for server in servers]


def _parse_server(server: Json) -> ServerAddress:
    name, resource = (
        (server.get("name"), server.get("resource")) if isinstance(server, dict) else (None, None)
    )
    if not isinstance(name, str) or not isinstance(resource, str):
        raise Unavailable("the catalogue holds something that is no tool server")
    return ServerAddress(name, resource)
