"""Tool servers and their tools: what may be reached, as it was pinned when it was applied.

A tool server is one upstream, one protected resource, one audience. A tool is one action of it,
with a definition whose digest was pinned; what the upstream says of itself later never widens it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.kernel.ids import SecretId, TenantId, ToolServerId


class Protocol(StrEnum):
    """What the upstream speaks."""

    MCP = "mcp"
    HTTP = "http"


class RiskTier(StrEnum):
    """What a call may do: the tier decides on durability of audit and on freshness."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class ParameterIn(StrEnum):
    """Where an HTTP tool's parameter stands in the request."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class HTTPParameter:
    """One typed parameter of an HTTP tool; `schema` is canonical JSON Schema text."""

    name: str
    place: ParameterIn
    required: bool
    schema: str


@dataclass(frozen=True, slots=True)
class HTTPBinding:
    """Which request an HTTP tool is: a method and a path template such as `/v1/tickets/{id}`."""

    method: str
    path_template: str
    parameters: tuple[HTTPParameter, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """One action of a tool server.

    `definition` is the whole pinned definition (an MCP tool object; for HTTP tools one that Remit
    writes from the binding) as canonical JSON bytes, `digest` its `sha256:` digest, and
    `input_schema` the canonical JSON Schema of its arguments.
    """

    name: str
    risk: RiskTier
    data_classes: frozenset[str]
    definition: bytes
    digest: str
    input_schema: str
    http: HTTPBinding | None = None


@dataclass(frozen=True, slots=True)
class Injection:
    """The credential that a call to this upstream carries: a secret in one header."""

    header: str
    prefix: str
    secret: SecretId


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the tool server really is; agents never see this. `url` has no query or fragment."""

    url: str
    ca_file: str | None
    allow_private: bool


@dataclass(frozen=True, slots=True)
class ToolServer:
    """One upstream under its name; its audience is `{public url}/tools/{name}`.

    `tools` maps tool names to tools. A retired server stays known, so that its name is not reused.
    """

    tenant: TenantId
    id: ToolServerId
    name: str
    protocol: Protocol
    upstream: Upstream
    injection: Injection | None
    tools: Mapping[str, Tool]
    timeout_seconds: float
    retired: bool
    revision: int
