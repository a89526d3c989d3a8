"""The methods of MCP 2026-07-28 that a client may send, and what each carries.

What is not in the table does not exist: not for the caller, and not upstream. The members of
`params` are listed exactly, so that nothing travels past the decision in a member nobody looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What JSON-RPC calls the message."""

    REQUEST = "request"
    NOTIFICATION = "notification"


class Shape(StrEnum):
    """The JSON type that a member of `params` must have."""

    TEXT = "string"
    OBJECT = "object"
    TEXTS = "object of strings"
    NUMBER = "number"
    REQUEST_ID = "string or integer"


@dataclass(frozen=True, slots=True)
class Method:
    """One method. `mirrored` names the member that the Mcp-Name header repeats.

    `lists` is the member of a result that holds what is listed; `is_stream` says that the answer
    is a stream that stays open (any answer may be a stream that ends with its result).
    """

    name: str
    kind: Kind = Kind.REQUEST
    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    mirrored: str | None = None
    lists: str | None = None
    is_cacheable: bool = False
    is_stream: bool = False


# Multi round-trip requests: the answers to what the server asked for, and its state, as it gave it.
_RETRY = {"inputResponses": Shape.OBJECT, "requestState": Shape.TEXT}
_PAGE = {"cursor": Shape.TEXT}


def _listing(name: str, member: str) -> Method:
    return Method(name, optional=_PAGE, lists=member, is_cacheable=True)


_MODERN = (
    Method("server/discover", is_cacheable=True),
    _listing("tools/list", "tools"),
    Method(
        "tools/call",
        required={"name": Shape.TEXT},
        optional={"arguments": Shape.OBJECT, **_RETRY},
        mirrored="name",
    ),
    _listing("resources/list", "resources"),
    _listing("resources/templates/list", "resourceTemplates"),
    Method(
        "resources/read",
        required={"uri": Shape.TEXT},
        optional=_RETRY,
        mirrored="uri",
        is_cacheable=True,
    ),
    _listing("prompts/list", "prompts"),
    Method(
        "prompts/get",
        required={"name": Shape.TEXT},
        optional={"arguments": Shape.TEXTS, **_RETRY},
        mirrored="name",
    ),
    Method(
        "completion/complete",
        required={"ref": Shape.OBJECT, "argument": Shape.OBJECT},
        optional={"context": Shape.OBJECT},
    ),
    Method("subscriptions/listen", required={"notifications": Shape.OBJECT}, is_stream=True),
    # Streamable HTTP defines no client notification: closing the stream cancels. Clients send them
    # all the same, and are answered 202; only stdio gives `cancelled` a meaning.
    Method(
        "notifications/cancelled",
        Kind.NOTIFICATION,
        required={"requestId": Shape.REQUEST_ID},
        optional={"reason": Shape.TEXT},
    ),
    Method(
        "notifications/progress",
        Kind.NOTIFICATION,
        required={"progressToken": Shape.REQUEST_ID, "progress": Shape.NUMBER},
        optional={"total": Shape.NUMBER, "message": Shape.TEXT},
    ),
)

MODERN_METHODS: Mapping[str, Method] = MappingProxyType({m.name: m for m in _MODERN})

# What a server may send on the stream of a request, before its result.
STREAM_NOTIFICATIONS = frozenset({"notifications/progress", "notifications/message"})

# What a server may send on the stream of subscriptions/listen, the acknowledgement first.
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
LISTEN_NOTIFICATIONS: Mapping[str, str] = MappingProxyType(
    {
        "notifications/tools/list_changed": "toolsListChanged",
        "notifications/prompts/list_changed": "promptsListChanged",
        "notifications/resources/list_changed": "resourcesListChanged",
        "notifications/resources/updated": "resourceSubscriptions",
    }
)
