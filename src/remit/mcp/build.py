"""Messages that Remit writes: answers to clients, and requests to the servers behind.

Everything is written anew from parsed values, as canonical bytes (RFC 8785). `_meta` carries only
what is named here: what a client or a server put there beside it, does not pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remit.kernel.canonical import Json, canonicalize
from remit.mcp.eras import Era
from remit.mcp.errors import MCPError, RequestId
from remit.mcp.headers import (
    EVENT_STREAM,
    JSON_TYPE,
    METHOD,
    NAME,
    VERSION,
    Header,
    encode_value,
)
from remit.mcp.messages import (
    CLIENT_CAPABILITIES,
    CLIENT_INFO,
    LOG_LEVEL,
    PROTOCOL_VERSION,
    SERVER_INFO,
    SUBSCRIPTION_ID,
    MCPRequest,
)
from remit.mcp.replies import ResultType


@dataclass(frozen=True, slots=True)
class Implementation:
    """Who Remit says it is, to clients and to servers (for display only)."""

    name: str
    version: str

    def as_json(self) -> Mapping[str, Json]:
        return {"name": self.name, "version": self.version}


@dataclass(frozen=True, slots=True)
class UpstreamMessage:
    """A request as it goes to a server: the bytes that were decided on, and what mirrors them."""

    id: RequestId
    headers: tuple[Header, ...]
    body: bytes = field(repr=False)


def result(
    request_id: RequestId,
    members: Mapping[str, Json],
    server: Implementation,
    *,
    kind: ResultType = ResultType.COMPLETE,
) -> bytes:
    """A result response. `members` has neither `resultType` nor `_meta`."""
    meta = {SERVER_INFO: server.as_json()}
    return _response(request_id, {**members, "resultType": kind.value, "_meta": meta})


def cacheable_result(
    request_id: RequestId, members: Mapping[str, Json], server: Implementation, *, ttl_ms: int
) -> bytes:
    """A result with caching hints: `private`, because what is listed depends on who asks."""
    hints: Mapping[str, Json] = {"ttlMs": max(0, ttl_ms), "cacheScope": "private"}
    return result(request_id, {**members, **hints}, server)


def list_result(
    request_id: RequestId,
    member: str,
    items: Sequence[Json],
    server: Implementation,
    *,
    ttl_ms: int,
    next_cursor: str | None = None,
) -> bytes:
    """A list, filtered to what its reader may use (law 11), under the member of its method."""
    members: dict[str, Json] = {member: list(items)}
    if next_cursor is not None:
        members["nextCursor"] = next_cursor
    return cacheable_result(request_id, members, server, ttl_ms=ttl_ms)


def discover_result(
    request_id: RequestId,
    versions: Sequence[str],
    capabilities: Mapping[str, Json],
    server: Implementation,
    *,
    ttl_ms: int,
    instructions: str | None = None,
) -> bytes:
    """The answer to server/discover."""
    members: dict[str, Json] = {"supportedVersions": list(versions), "capabilities": capabilities}
    if instructions is not None:
        members["instructions"] = instructions
    return cacheable_result(request_id, members, server, ttl_ms=ttl_ms)


def denied_result(request_id: RequestId, reason: str, server: Implementation) -> bytes:
    """A tool call that policy denies, as a result that the model is shown (see mcp.errors).

    `reason` is public text, fixed by the denial's code, never an engine's detail.
    """
    text: Json = [{"type": "text", "text": reason}]
    return result(request_id, {"content": text, "isError": True}, server)


def error(refused: MCPError) -> bytes:
    """An error response; send it with `refused.status`."""
    members: dict[str, Json] = {"code": refused.code, "message": refused.message}
    if refused.data is not None:
        members["data"] = refused.data
    # JSON-RPC 2.0 section 5: the id is null if it could not be read.
    return canonicalize({"jsonrpc": "2.0", "id": refused.request_id, "error": members})


def notification(method: str, params: Mapping[str, Json]) -> bytes:
    """A notification on the stream of a request. `params` is without `_meta`."""
    return canonicalize({"jsonrpc": "2.0", "method": method, "params": params})


def subscription_notification(
    method: str, params: Mapping[str, Json], subscription: RequestId
) -> bytes:
    """A notification on the stream of subscriptions/listen, marked with the client's own id."""
    return notification(method, {**params, "_meta": {SUBSCRIPTION_ID: subscription}})


def subscription_closed(request_id: RequestId, server: Implementation) -> bytes:
    """The result that ends a subscription on our initiative (Subscriptions, Graceful Closure)."""
    meta: Json = {SUBSCRIPTION_ID: request_id, SERVER_INFO: server.as_json()}
    return _response(request_id, {"resultType": "complete", "_meta": meta})


def upstream_message(
    request: MCPRequest,
    client: Implementation,
    *,
    sent_as: RequestId,
    parameter_headers: tuple[Header, ...] = (),
) -> UpstreamMessage:
    """`request` as Remit sends it on: same method and params, an id and `_meta` of our own.

    `parameter_headers` come from `params.verify_parameter_headers`.
    """
    meta: dict[str, Json] = {
        PROTOCOL_VERSION: request.era.version,
        CLIENT_CAPABILITIES: request.meta.client_capabilities,
        CLIENT_INFO: client.as_json(),
    }
    if request.meta.progress_token is not None:
        meta["progressToken"] = request.meta.progress_token
    if request.meta.log_level is not None:
        meta[LOG_LEVEL] = request.meta.log_level
    return _upstream(
        request.era,
        request.method.name,
        {**request.params, "_meta": meta},
        sent_as,
        request.name,
        parameter_headers,
    )


def own_message(
    era: Era, method: str, params: Mapping[str, Json], client: Implementation, *, sent_as: RequestId
) -> UpstreamMessage:
    """A request that Remit makes for itself: discovery, or listing tools to compare with pins."""
    meta: Mapping[str, Json] = {
        PROTOCOL_VERSION: era.version,
        CLIENT_CAPABILITIES: {},
        CLIENT_INFO: client.as_json(),
    }
    return _upstream(era, method, {**params, "_meta": meta}, sent_as, None, ())


def _upstream(
    era: Era,
    method: str,
    params: Mapping[str, Json],
    sent_as: RequestId,
    name: str | None,
    more: tuple[Header, ...],
) -> UpstreamMessage:
    headers: list[Header] = [
        (b"content-type", JSON_TYPE),
        (b"accept", JSON_TYPE + b", " + EVENT_STREAM),
        (VERSION, era.version.encode("ascii")),
        (METHOD, method.encode("ascii")),
    ]
    if name is not None:
        headers.append((NAME, encode_value(name).encode("ascii")))
    body = canonicalize({"jsonrpc": "2.0", "id": sent_as, "method": method, "params": params})
    return UpstreamMessage(sent_as, (*headers, *more), body)


def _response(request_id: RequestId, members: Mapping[str, Json]) -> bytes:
    return canonicalize({"jsonrpc": "2.0", "id": request_id, "result": members})
