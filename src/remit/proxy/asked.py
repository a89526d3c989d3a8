"""What a caller asks for, as its dialect said it: described, and not yet decided on.

A form says how the answer must be phrased; it holds nothing that a decision reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from remit.identity.tools import Tool
from remit.kernel.canonical import Json
from remit.mcp.errors import RequestId
from remit.outbound.message import Header


@dataclass(frozen=True, slots=True)
class MCPForm:
    """A JSON-RPC answer to this id. `progress_token` is the caller's own, None for no progress."""

    request_id: RequestId
    progress_token: RequestId | None = None
    log_level: str | None = None


@dataclass(frozen=True, slots=True)
class HTTPForm:
    """The upstream's own answer, or a problem document (RFC 9457)."""


ReplyForm: TypeAlias = MCPForm | HTTPForm


@dataclass(frozen=True, slots=True)
class AskedCall:
    """One call of one tool that the tool server has.

    `parameter_headers` are the Mcp-Param headers of these arguments, written anew.
    """

    tool: Tool
    arguments: Mapping[str, Json] = field(repr=False)
    form: ReplyForm
    parameter_headers: tuple[Header, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class AskedTools:
    """What may be called on this tool server (tools/list)."""

    form: MCPForm


@dataclass(frozen=True, slots=True)
class AskedDiscovery:
    """What this endpoint can do (server/discover)."""

    form: MCPForm


@dataclass(frozen=True, slots=True)
class AskedCatalogue:
    """Which tool servers the remit reaches."""


@dataclass(frozen=True, slots=True)
class Notified:
    """Something that wants no answer, and has no effect here (202)."""


Asked: TypeAlias = AskedCall | AskedTools | AskedDiscovery | AskedCatalogue | Notified
