"""Messages from a client: one JSON-RPC object, parsed strictly, in agreement with its headers.

What comes out has been looked at member by member; what was not expected is refused, not ignored.
JSON-RPC 2.0, MCP 2026-07-28 basic/index and basic/transports/streamable-http.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from remit.kernel.canonical import Json
from remit.mcp.eras import Era, load_era
from remit.mcp.errors import HeaderMismatch, InvalidParams, InvalidRequest, MCPError, RequestId
from remit.mcp.headers import MCPHeaders, decode_value, verify_mirrored
from remit.mcp.methods import LISTEN_NOTIFICATIONS, Kind, Method, Shape

PREFIX = "io.modelcontextprotocol/"
PROTOCOL_VERSION = PREFIX + "protocolVersion"
CLIENT_CAPABILITIES = PREFIX + "clientCapabilities"
CLIENT_INFO = PREFIX + "clientInfo"
LOG_LEVEL = PREFIX + "logLevel"
SUBSCRIPTION_ID = PREFIX + "subscriptionId"
SERVER_INFO = PREFIX + "serverInfo"

_MAX_ID_LENGTH = 256
_REQUEST_MEMBERS = frozenset({"jsonrpc", "id", "method", "params"})
_LOG_LEVELS = frozenset(
    {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}
)
_FILTER_FLAGS = frozenset(LISTEN_NOTIFICATIONS.values()) - {"resourceSubscriptions"}
_MAX_SUBSCRIPTIONS = 256


@dataclass(frozen=True, slots=True)
class RequestMeta:
    """The parts of `_meta` that the protocol defines; all that is self-reported is unverified."""

    protocol_version: str
    client_capabilities: Mapping[str, Json]
    unverified_client_info: Mapping[str, Json] | None = None
    progress_token: RequestId | None = None
    log_level: str | None = None


@dataclass(frozen=True, slots=True)
class MCPRequest:
    """A request. `params` is without `_meta`; `name` is what Mcp-Name repeats, if anything."""

    id: RequestId
    era: Era
    method: Method
    params: Mapping[str, Json] = field(repr=False)
    meta: RequestMeta = field(repr=False)
    name: str | None = None

    @property
    def arguments(self) -> Mapping[str, Json]:
        """The arguments of a tool or prompt; empty if there are none."""
        arguments = self.params.get("arguments")
        return arguments if isinstance(arguments, Mapping) else {}


@dataclass(frozen=True, slots=True)
class MCPNotification:
    """A notification: answered with 202 and nothing else."""

    era: Era
    method: Method
    params: Mapping[str, Json] = field(repr=False)


MCPMessage: TypeAlias = MCPRequest | MCPNotification


def parse_request(body: Json, headers: MCPHeaders) -> MCPMessage:
    """The message in `body`, which `headers` repeat truly. Raises MCPError, with the id if known.

    `body` comes from `kernel.canonical.parse_strict`.
    """
    if not isinstance(body, dict):
        raise InvalidRequest("the body is not one JSON-RPC object")
    request_id = _read_id(body["id"]) if "id" in body else None
    try:
        return _parse(body, headers, request_id)
    except MCPError as refused:
        refused.request_id = request_id
        raise


def _parse(
    body: Mapping[str, Json], headers: MCPHeaders, request_id: RequestId | None
) -> MCPMessage:
    if not _REQUEST_MEMBERS.issuperset(body) or body.get("jsonrpc") != "2.0":
        raise InvalidRequest("members other than those of a JSON-RPC 2.0 request")
    name, params = body.get("method"), body.get("params", {})
    if not isinstance(name, str):
        raise InvalidRequest("no method")
    if not isinstance(params, dict):
        raise InvalidRequest("params that are no object")
    if request_id is None:
        return _parse_notification(name, params, headers)
    return _parse_request(request_id, name, params, headers)


def _parse_request(
    request_id: RequestId, name: str, params: Mapping[str, Json], headers: MCPHeaders
) -> MCPRequest:
    meta = _read_meta(params.get("_meta"))
    verify_mirrored(headers.version, meta.protocol_version, "MCP-Protocol-Version")
    verify_mirrored(headers.method, name, "Mcp-Method")
    era = load_era(meta.protocol_version)
    method = era.load_method(name, Kind.REQUEST)
    members = _read_members(method, params)
    mirrored = None
    if method.mirrored is not None:
        said = members[method.mirrored]
        if not isinstance(said, str):
            raise InvalidParams("the name is no string")
        stated = None if headers.name is None else decode_value(headers.name, "Mcp-Name")
        mirrored = verify_mirrored(stated, said, "Mcp-Name")
    elif headers.name is not None:
        # Whoever routes by it would take this for something that the body is not.
        raise HeaderMismatch("a header for a method that names nothing", named="Mcp-Name")
    if method.is_stream:
        _check_filter(members["notifications"])
    return MCPRequest(request_id, era, method, members, meta, mirrored)


def _parse_notification(
    name: str, params: Mapping[str, Json], headers: MCPHeaders
) -> MCPNotification:
    # Header rules for notifications are not defined in this era: those that are there must agree.
    if headers.version is None:
        raise InvalidRequest("no MCP-Protocol-Version")
    era = load_era(headers.version)
    if headers.method is not None:
        verify_mirrored(headers.method, name, "Mcp-Method")
    method = era.load_method(name, Kind.NOTIFICATION)
    meta = params.get("_meta", {})
    if not isinstance(meta, dict):
        raise InvalidParams("_meta that is no object")
    if meta.get(PROTOCOL_VERSION, headers.version) != headers.version:
        raise HeaderMismatch("a notification of another version", named="MCP-Protocol-Version")
    return MCPNotification(era, method, _read_members(method, params))


def _read_id(value: Json) -> RequestId:
    # basic/index: a string or an integer, never null; `True` is an int to Python only.
    if isinstance(value, str) and len(value) <= _MAX_ID_LENGTH:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidRequest("an id that is neither a string nor an integer")


def _read_meta(meta: Json) -> RequestMeta:
    if not isinstance(meta, dict):
        raise InvalidParams("no _meta", named="_meta is required")
    version, capabilities = meta.get(PROTOCOL_VERSION), meta.get(CLIENT_CAPABILITIES)
    client, level, progress = meta.get(CLIENT_INFO), meta.get(LOG_LEVEL), meta.get("progressToken")
    if not isinstance(version, str) or not isinstance(capabilities, dict):
        raise InvalidParams(
            "_meta without its required members",
            named=f"_meta requires {PROTOCOL_VERSION} and {CLIENT_CAPABILITIES}",
        )
    if client is not None and not isinstance(client, dict):
        raise InvalidParams("clientInfo that is no object")
    if level is not None and (not isinstance(level, str) or level not in _LOG_LEVELS):
        raise InvalidParams("an unknown log level")
    if "progressToken" in meta and not _fits(progress, Shape.REQUEST_ID):
        raise InvalidParams("a progress token that is neither a string nor an integer")
    token = progress if isinstance(progress, (str, int)) else None
    return RequestMeta(version, capabilities, client, token, level)


def _read_members(method: Method, params: Mapping[str, Json]) -> Mapping[str, Json]:
    members = {name: value for name, value in params.items() if name != "_meta"}
    for name, shape in method.required.items():
        if name not in members:
            raise InvalidParams("a required member is missing", named=f"{name} is required")
        if not _fits(members[name], shape):
            raise InvalidParams("a member of another type", named=f"{name} must be {shape}")
    for name, value in members.items():
        if name in method.required:
            continue
        wanted = method.optional.get(name)
        if wanted is None:
            raise InvalidParams("a member that the method does not have")
        if not _fits(value, wanted):
            raise InvalidParams("a member of another type", named=f"{name} must be {wanted}")
    return members


def _fits(value: Json, shape: Shape) -> bool:
    match shape:
        case Shape.TEXT:
            return isinstance(value, str)
        case Shape.OBJECT:
            return isinstance(value, Mapping)
        case Shape.TEXTS:
            return isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
        case Shape.NUMBER:
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case Shape.REQUEST_ID:
            return isinstance(value, (str, int)) and not isinstance(value, bool)
        case unreachable:
            assert_never(unreachable)


def _check_filter(wanted: Json) -> None:
    if not isinstance(wanted, Mapping):
        raise InvalidParams("a filter that is no object")
    for name, value in wanted.items():
        if name in _FILTER_FLAGS:
            if not isinstance(value, bool):
                raise InvalidParams("a flag that is no boolean", named=f"{name} must be boolean")
        elif name != "resourceSubscriptions":
            raise InvalidParams("a kind of notification that the method does not have")
        elif (
            not isinstance(value, list)
            or len(value) > _MAX_SUBSCRIPTIONS
            or not all(isinstance(uri, str) for uri in value)
        ):
            raise InvalidParams("subscriptions that are no list of URIs")
