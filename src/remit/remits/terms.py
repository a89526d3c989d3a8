"""The terms of a remit: what is approved, and what it must hold to before anybody approves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.identity.directory import Directory
from remit.identity.principals import Agent, AgentState
from remit.kernel.clock import from_millis, to_millis
from remit.kernel.errors import Conflict, Malformed
from remit.remits.authority import normalize
from remit.remits.remit import AuthorityEntry

MAX_DERIVATIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class RemitTerms:
    """For what, by what authority, from when until when (not included), for how many tokens."""

    purpose: str
    authority: tuple[AuthorityEntry, ...]
    not_before: datetime
    expires_at: datetime
    max_derivations: int | None = None


def verify_terms(
    terms: RemitTerms, agent: Agent, directory: Directory, now: datetime
) -> RemitTerms:
    """The same terms, their authority in its one order.

    Raises Malformed, NotFound (an unknown tool server) or Conflict (a retired agent or server).
    """
    if agent.state is AgentState.RETIRED:
        raise Conflict(f"agent {agent.id} is retired")
    if terms.purpose not in agent.purposes:
        raise Malformed(f"{terms.purpose!r} is no purpose of agent {agent.name}")
    if terms.not_before.tzinfo is None or terms.expires_at.tzinfo is None:
        raise Malformed("an instant without a zone")
    # As they are stored: what is decided on after a restart is what was decided on before it.
    begins, ends = (from_millis(to_millis(each)) for each in (terms.not_before, terms.expires_at))
    if not begins < ends or ends <= now:
        raise Malformed(f"a remit from {begins} until {ends} permits nothing")
    if terms.max_derivations is not None and not 1 <= terms.max_derivations <= MAX_DERIVATIONS:
        raise Malformed(f"at most {terms.max_derivations} tokens")
    authority = normalize(terms.authority)
    _verify_reach(authority, agent, directory)
    return RemitTerms(terms.purpose, authority, begins, ends, terms.max_derivations)


def _verify_reach(authority: Sequence[AuthorityEntry], agent: Agent, directory: Directory) -> None:
    for entry in authority:
        server = directory.tool_servers.load(agent.tenant, entry.tool_server)
        if server.retired:
            raise Conflict(f"tool server {server.name} is retired")
        unknown = sorted(entry.tools.keys() - server.tools.keys())
        if unknown:
            raise Malformed(f"tool server {server.name} has no tools {unknown}")
