"""May it: the one place where remit, schema and policy are asked, in this order, before a permit.

1 the evidence is about this request: the clearance covers the agent, the remit and the tool server.
2 the agent is active. 3 the remit is this agent's, and in force. 4 its authority covers what is
asked, at this depth of delegation. 5 the tool is as it was pinned. 6 the constraints hold.
7 the arguments fit the pinned schema. 8 the policies permit it. The first that fails is the answer.
"""

from collections.abc import Iterable

from remit.identity.principals import Agent, AgentState
from remit.identity.tools import Tool, ToolServer
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Malformed
from remit.policy.arguments import check_arguments
from remit.policy.decision import Denied
from remit.policy.engine import PolicyEngine
from remit.policy.permits import CallPermit, MintPermit, permit_call, permit_mint
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.remits.constraints import ConstraintBroken, OutsideRemit, Reached, hold, reach
from remit.remits.remit import AuthorityEntry, Remit
from remit.remits.selection import NotInForce, load_in_force
from remit.signals.clearance import Clearance
from remit.signals.targets import Target, agent_target, everything, remit_target, tool_server_target


def authorize_call(request: CallRequest, clearance: Clearance, engine: PolicyEngine) -> CallPermit:
    """The permit for a call. Raises Denied."""
    agent, remit, tool_server = request.agent, request.remit, request.tool_server
    _check_clearance(clearance, agent, remit, tool_server)  # 1
    _check_sent(request)
    _check_agent(agent)  # 2
    _check_remit(remit, agent, request.facts)  # 3
    reached = _reach(remit, tool_server, request.tool, request.facts)  # 4
    _check_pinned(tool_server, request.tool)  # 5
    try:  # 6
        hold(reached, request.arguments)
    except ConstraintBroken as broken:
        raise Denied("constraint", broken.detail) from None
    check_arguments(request.tool, request.arguments)  # 7
    return permit_call(request, clearance, engine.decide_call(request))  # 8


def authorize_mint(request: MintRequest, clearance: Clearance, engine: PolicyEngine) -> MintPermit:
    """The permit for an access token. Raises Denied."""
    agent, remit, tool_server = request.agent, request.remit, request.tool_server
    _check_clearance(clearance, agent, remit, tool_server)  # 1
    _check_agent(agent)  # 2
    _check_remit(remit, agent, request.facts)  # 3
    entries = [
        entry
        for entry in remit.authority
        if tool_server is None or entry.tool_server == tool_server.id
    ]
    if not entries or (tool_server is not None and tool_server.retired):  # 4
        raise Denied("outside_remit", f"{remit.id} does not reach what is asked for")
    # The catalogue is reached through any entry; each tool of it is checked by itself.
    _check_depth(max(entries, key=lambda entry: entry.delegation_depth), request.facts)
    return permit_mint(request, clearance, engine.decide_mint(request))  # 8


def filter_tools(
    agent: Agent, remit: Remit, tool_server: ToolServer, facts: Facts, engine: PolicyEngine
) -> tuple[Tool, ...]:
    """The tools that the agent could call now, with some arguments: all that it is shown.

    By the same checks and policies as a call (DESIGN.md section 5, law 11); on doubt, left out.
    """
    try:
        _check_agent(agent)
        _check_remit(remit, agent, facts)
    except Denied:
        return ()
    return tuple(_callable(agent, remit, tool_server, facts, engine))


def _callable(
    agent: Agent, remit: Remit, tool_server: ToolServer, facts: Facts, engine: PolicyEngine
) -> Iterable[Tool]:
    for tool in tool_server.tools.values():
        try:
            _reach(remit, tool_server, tool, facts)
            engine.could_permit(agent, remit, tool_server, tool, facts)
        except Denied:
            continue
        yield tool


def _check_clearance(
    clearance: Clearance, agent: Agent, remit: Remit, tool_server: ToolServer | None
) -> None:
    tenant = agent.tenant
    path: list[Target] = [everything(tenant), agent_target(tenant, agent.id)]
    path.append(remit_target(tenant, remit.id))
    if tool_server is not None:
        path.append(tool_server_target(tenant, tool_server.id))
    uncovered = [target.key for target in path if target.key not in clearance.epochs]
    if clearance.tenant != tenant or uncovered:
        raise Denied("policy_error", f"the clearance is not of {', '.join(uncovered) or tenant}")


def _check_sent(request: CallRequest) -> None:
    # Law 4: what is decided on is what will be sent.
    try:
        written = canonicalize(request.arguments)
    except Malformed as malformed:
        raise Denied("arguments_invalid", malformed.detail) from None
    if written != request.canonical_arguments:
        raise Denied("policy_error", "the canonical arguments are not those that are decided on")


def _check_agent(agent: Agent) -> None:
    if agent.state is not AgentState.ACTIVE:
        raise Denied("agent_inactive", f"{agent.id} is {agent.state}")


def _check_remit(remit: Remit, agent: Agent, facts: Facts) -> None:
    if remit.agent != agent.id or remit.tenant != agent.tenant:
        raise Denied("outside_remit", f"{remit.id} is not a remit of {agent.id}")
    try:
        load_in_force(remit, facts.at)
    except NotInForce as lapsed:
        raise Denied("remit_inactive", lapsed.detail) from None


def _reach(remit: Remit, tool_server: ToolServer, tool: Tool, facts: Facts) -> Reached:
    if tool_server.tenant != remit.tenant or tool_server.retired:
        raise Denied("outside_remit", f"{tool_server.id} is retired, or of another tenant")
    try:
        reached = reach(remit, tool_server.id, tool.name)
    except OutsideRemit as outside:
        raise Denied("outside_remit", outside.detail) from None
    _check_depth(reached.entry, facts)
    return reached


def _check_depth(entry: AuthorityEntry, facts: Facts) -> None:
    if not 0 <= facts.depth <= entry.delegation_depth:
        raise Denied("outside_remit", f"authority handed on {facts.depth} times")


def _check_pinned(tool_server: ToolServer, tool: Tool) -> None:
    if tool_server.tools.get(tool.name) != tool:
        raise Denied("definition_changed", f"{tool.name} is not as {tool_server.id} has it pinned")
