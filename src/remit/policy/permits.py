"""Permits: the evidence that policy allowed one request, carrying that request.

Made in this module alone (a structure test says so), by functions that demand a Clearance and an
engine's Allowed; demanded by all that follows. One kind never stands for another.
"""

from dataclasses import dataclass
from typing import Literal

from remit.identity.tools import ToolServer
from remit.policy.decision import Allowed
from remit.policy.request import CallRequest, MintRequest
from remit.signals.clearance import Clearance


@dataclass(frozen=True, slots=True)
class MintPermit:
    """Policy allowed this token to be minted."""

    request: MintRequest
    clearance: Clearance
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class CallPermit:
    """Policy allowed this call, with exactly these arguments."""

    request: CallRequest
    clearance: Clearance
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class ReleasePermit:
    """A tool server's credential may be used outside a call, for one purpose and no other.

    Today the only purpose is `observe`: Remit itself asks an upstream for its tool definitions,
    to compare them with the pins. No agent's request is part of it, and no agent sees the reply.
    """

    tool_server: ToolServer
    purpose: Literal["observe"]
    clearance: Clearance


def permit_observation(tool_server: ToolServer, clearance: Clearance) -> ReleasePermit:
    """The permit to read a tool server's definitions, which its registration by a human implies.

    The clearance (of the tool server, and everything) keeps a stopped server unasked.
    """
    return ReleasePermit(tool_server, "observe", clearance)


def permit_mint(request: MintRequest, clearance: Clearance, allowed: Allowed) -> MintPermit:
    """The permit for a token request that an engine allowed under this clearance."""
    return MintPermit(request, clearance, allowed)


def permit_call(request: CallRequest, clearance: Clearance, allowed: Allowed) -> CallPermit:
    """The permit for a call that an engine allowed under this clearance."""
    return CallPermit(request, clearance, allowed)
