"""Which remit a token request is under: the one it names, or the only one that covers it.

There is no first match: where two would do, the agent must say which. What is not the agent's own
is not there at all. The clock's boundary beats the stored state.
"""

from datetime import datetime

from remit.identity.principals import Agent
from remit.identity.tools import ToolServer
from remit.kernel.ids import RemitId
from remit.kernel.oauth import InvalidGrant, InvalidTarget
from remit.remits.book import RemitBook
from remit.remits.remit import Remit, RemitState


class UnknownRemit(InvalidGrant):
    """The agent has no remit of this id or name."""


class NotInForce(InvalidGrant):
    """The remit is not active, or not now; `code` is `state`, `not_yet` or `expired`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class NoRemitCovers(InvalidTarget):
    """No remit of the agent that is in force reaches the tool server."""


class AmbiguousRemit(InvalidTarget):
    """Several remits in force reach the tool server: the request must name one."""


def load_in_force(remit: Remit, now: datetime) -> Remit:
    """The same remit, if it permits anything at this instant; raises NotInForce."""
    if remit.state is not RemitState.ACTIVE:
        raise NotInForce("state", f"{remit.id} is {remit.state}")
    if now < remit.not_before:
        raise NotInForce("not_yet", f"{remit.id} begins at {remit.not_before}")
    if now >= remit.expires_at:
        raise NotInForce("expired", f"{remit.id} expired at {remit.expires_at}")
    return remit


def select_remit(
    book: RemitBook,
    agent: Agent,
    tool_server: ToolServer | None,
    named: str | None,
    now: datetime,
) -> Remit:
    """The remit in force that a request of this agent is under.

    `tool_server` None asks for the catalogue, which any of its remits covers. `named` is an id or a
    name. Raises UnknownRemit, NotInForce, NoRemitCovers, AmbiguousRemit.
    """
    if named is not None:
        return _load_named(book, agent, tool_server, named, now)
    if tool_server is None:
        candidates = book.of_agent(agent.tenant, agent.id)
    elif tool_server.tenant == agent.tenant:
        candidates = book.covering(agent.tenant, agent.id, tool_server.id)
    else:
        candidates = ()
    in_force = [remit for remit in candidates if _is_in_force(remit, now)]
    if not in_force:
        raise NoRemitCovers(f"{len(candidates)} remits of {agent.id}, none of them in force")
    if len(in_force) > 1:
        raise AmbiguousRemit(f"{len(in_force)} remits of {agent.id} would do")
    return in_force[0]


def _load_named(
    book: RemitBook, agent: Agent, tool_server: ToolServer | None, named: str, now: datetime
) -> Remit:
    # An id has an underscore, which no name has: one text never means two remits.
    remit = book.find(agent.tenant, RemitId(named)) or book.find_named(agent.tenant, named)
    if remit is None or remit.agent != agent.id:
        raise UnknownRemit(f"{agent.id} has no remit {named[:80]!r}")
    load_in_force(remit, now)
    if tool_server is not None and not _covers(remit, tool_server):
        raise NoRemitCovers(f"{remit.id} does not reach {tool_server.id}")
    return remit


def _is_in_force(remit: Remit, now: datetime) -> bool:
    return remit.state is RemitState.ACTIVE and remit.not_before <= now < remit.expires_at


def _covers(remit: Remit, tool_server: ToolServer) -> bool:
    return remit.tenant == tool_server.tenant and any(
        entry.tool_server == tool_server.id for entry in remit.authority
    )
