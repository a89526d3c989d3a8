"""Audit records of story 2. Payloads are never in them: digests stand for arguments and replies."""

from remit.audit.records import Record
from remit.kernel.ids import AgentId, BindingId, EventId, RemitId, TokenId, ToolServerId


class CallIntended(Record, frozen=True, kw_only=True, tag="call.intended"):
    """A call was permitted and is about to be sent; for write and admin tools, durably so.

    `definition` is the digest of the tool's pinned definition, `arguments` that of the canonical
    arguments. `jkt` is None for a bearer's call.
    """

    agent: AgentId
    remit: RemitId
    remit_revision: int
    tool_server: ToolServerId
    tool: str
    risk: str
    definition: str
    arguments: str
    client: BindingId
    token: TokenId
    jkt: str | None
    policies: tuple[str, ...]
    bundle: str


class CallCompleted(Record, frozen=True, kw_only=True, tag="call.completed"):
    """The upstream answered, and the answer was released.

    `is_error` says that the tool itself reported failure; `reply` is the digest of what was
    released, `secret_version` the version of the credential that was used.
    """

    intent: EventId
    agent: AgentId
    tool_server: ToolServerId
    tool: str
    status: int
    is_error: bool
    reply: str
    reply_bytes: int
    latency_ms: int
    secret_version: int | None


class CallFailed(Record, frozen=True, kw_only=True, tag="call.failed"):
    """The call ended without a released answer; `may_have_effect` says whether it had been sent."""

    intent: EventId
    agent: AgentId
    tool_server: ToolServerId
    tool: str
    error: str
    reason: str
    may_have_effect: bool
    latency_ms: int


class CallWasCut(Record, frozen=True, kw_only=True, tag="call.cut"):
    """The call, or its stream, was ended before it was whole; so many bytes had been released."""

    intent: EventId
    agent: AgentId
    tool_server: ToolServerId
    tool: str
    error: str
    reason: str
    released_bytes: int
    latency_ms: int


class CallRefused(Record, frozen=True, kw_only=True, tag="call.refused"):
    """A caller whose token was verified was refused, and why. `policies` determined it, if any."""

    agent: AgentId
    remit: RemitId
    token: TokenId
    tool_server: str
    tool: str | None
    error: str
    code: str | None
    reason: str
    arguments: str | None
    policies: tuple[str, ...]


class ToolsListed(Record, frozen=True, kw_only=True, tag="tools.listed"):
    """An agent was shown what it may call; `tool_server` None is the catalogue of tool servers."""

    agent: AgentId
    remit: RemitId
    token: TokenId
    tool_server: ToolServerId | None
    shown: int


class DefinitionChanged(Record, frozen=True, kw_only=True, tag="definition.changed"):
    """An upstream now defines a pinned tool otherwise, or no more: it is hidden and refused."""

    tool_server: ToolServerId
    tool: str
    pinned: str
    observed: str | None


class DefinitionRestored(Record, frozen=True, kw_only=True, tag="definition.restored"):
    """An upstream defines a tool as it was pinned again."""

    tool_server: ToolServerId
    tool: str
    pinned: str


class UnpinnedToolSeen(Record, frozen=True, kw_only=True, tag="definition.unpinned"):
    """An upstream offers a tool that nobody has applied; agents do not see it."""

    tool_server: ToolServerId
    tool: str
    observed: str
