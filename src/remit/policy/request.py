"""What is asked: described once, decided on, and then sent as it was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.identity.principals import Agent
from remit.identity.tools import Tool, ToolServer
from remit.kernel.canonical import Json
from remit.remits.remit import Remit


@dataclass(frozen=True, slots=True)
class Facts:
    """The lean, flat facts that policies may read as `context.f`."""

    bound: bool
    depth: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One tool call as it will be sent.

    `arguments` is the parsed object, `canonical_arguments` its RFC 8785 bytes: the only form that
    goes upstream. `arguments_digest` is the `sha256:` digest of these bytes.
    """

    agent: Agent
    remit: Remit
    tool_server: ToolServer
    tool: Tool
    arguments: Mapping[str, Json]
    canonical_arguments: bytes
    arguments_digest: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class MintRequest:
    """One access token that is asked for: for which tool server, under which remit.

    `tool_server` None asks for the catalogue: the list of what the remit reaches.
    """

    agent: Agent
    remit: Remit
    tool_server: ToolServer | None
    resource: str
    lifetime_seconds: int
    facts: Facts
