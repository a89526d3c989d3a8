"""The Cedar engine: one call into Cedar a decision, with handles that were made before.

A decision is Allow only if Cedar says Allow, reports no error at all, and names permits of the slice
as its reasons. Everything else is Denied: an error in a forbid would otherwise silence it. Cached
are handles, never decisions; the cost of a decision does not grow with the number of agents.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from re import compile as pattern
from typing import Any

import cedarpy

from remit.identity.principals import Agent
from remit.identity.tools import Tool, ToolServer
from remit.kernel.canonical import Json
from remit.kernel.ids import TenantId
from remit.policy.arguments import load_contract
from remit.policy.decision import Allowed, Denied
from remit.policy.engine import PoliciesInvalid, PolicyFault, Possible
from remit.policy.engines.cedar.bounded import Bounded
from remit.policy.engines.cedar.candidates import Hints, propose
from remit.policy.engines.cedar.documents import CedarPolicy
from remit.policy.engines.cedar.entities import parse_entities
from remit.policy.engines.cedar.scope import ACTION, AGENT
from remit.policy.engines.cedar.slices import PolicyHandle, Slice, cut
from remit.policy.engines.cedar.target import Target, call_of, mint_for
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.remits.constraints import check_constraints
from remit.remits.remit import Constraint, Remit

MAX_SLICES = 4096
MAX_PREPARED = 4096
_NAMED = pattern(r"policy `(policy\d+)`")


@dataclass(frozen=True, slots=True)
class _Sliced:
    """A slice of a definition; `faults` where the policies do not fit it."""

    of: Tool | ToolServer | None
    slice: Slice | None
    faults: tuple[PolicyFault, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All of a decision that depends only on the agent and the target."""

    agent: Agent
    slice: Slice
    policies: PolicyHandle
    entities: cedarpy.Entities
    request: Mapping[str, Json]


class CedarEngine:
    """Decides by one bundle of policies, for one tenant."""

    def __init__(self, tenant: TenantId, bundle: str, policies: Sequence[CedarPolicy]) -> None:
        self._tenant = tenant
        self._bundle = bundle
        self._policies = tuple(policies)
        self._slices: Bounded[tuple[str, str], _Sliced] = Bounded(MAX_SLICES)
        self._prepared: Bounded[tuple[str, str, str], _Prepared] = Bounded(MAX_PREPARED)

    @property
    def bundle(self) -> str:
        """The digest of the documents."""
        return self._bundle

    def decide_call(self, request: CallRequest) -> Allowed:
        """Whether this call is permitted. Raises Denied."""
        prepared = self._for_call(request.agent, request.tool_server, request.tool)
        context = prepared.slice.shape.write(request.remit, request.facts, request.arguments, 0)
        return self._decide(prepared, context, bound=request.facts.bound)

    def decide_mint(self, request: MintRequest) -> Allowed:
        """Whether this token may be minted. Raises Denied."""
        tool_server = request.tool_server
        key = "" if tool_server is None else str(tool_server.id)
        sliced = self._sliced(("", key), tool_server, lambda: mint_for(tool_server))
        prepared = self._prepare(request.agent, ("", key), sliced)
        context = prepared.slice.shape.write(
            request.remit, request.facts, {}, request.lifetime_seconds
        )
        return self._decide(prepared, context, bound=request.facts.bound)

    def could_permit(
        self, agent: Agent, remit: Remit, tool_server: ToolServer, tool: Tool, facts: Facts
    ) -> Possible:
        """That some arguments are permitted, by deciding on some. Raises Denied."""
        prepared = self._for_call(agent, tool_server, tool)
        shape = prepared.slice.shape
        contract = load_contract(tool.input_schema)
        hints = Hints(
            prepared.policies.policies,
            (agent.name, agent.system, agent.environment, *sorted(agent.purposes), remit.name),
        )
        refusal = Denied("policy", f"no arguments of {tool.name} were found that are permitted")
        for constraints in _constraints(remit, tool_server, tool):
            for arguments in propose(shape.input, contract, constraints, hints):
                try:
                    check_constraints(constraints, arguments)
                    context = shape.write(remit, facts, arguments, 0)
                    return Possible(self._decide(prepared, context, bound=facts.bound))
                except Denied as denied:
                    refusal = denied
        raise refusal

    def find_fault(self, tool_server: ToolServer, tool: Tool) -> tuple[PolicyFault, ...]:
        """Why the policies do not fit this tool."""
        return self._sliced_call(tool_server, tool).faults
