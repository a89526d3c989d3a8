"""The Cedar engine: one call into Cedar a decision, with handles that were made before.

A decision is Allow only if Cedar says Allow, reports no error at all, and names permits of the
slice as its reasons. Everything else is Denied: an error in a forbid would otherwise silence it.
Cached are handles, never decisions; a decision costs the same however many agents there are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from re import compile as pattern

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
from remit.policy.refusals import SchemaUnusable
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.remits.constraints import OutsideRemit, Reached, hold, reach
from remit.remits.remit import Remit

MAX_SLICES = 4096
MAX_PREPARED = 4096
_NAMED = pattern(r"policy `(policy\d+)`")


@dataclass(frozen=True, slots=True)
class _Sliced:
    """A slice of a definition, or why there is none: of the policies, or of the definition."""

    of: Tool | ToolServer | None
    slice: Slice | None
    faults: tuple[PolicyFault, ...] = ()
    unusable: str = ""


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
        key = "" if tool_server is None else tool_server.id
        if tool_server is not None:
            self._check_tenant(tool_server.tenant)
        prepared = self._prepare(request.agent, (key, ""), self._sliced_mint(tool_server))
        context = prepared.slice.shape.write(
            request.remit, request.facts, {}, request.lifetime_seconds
        )
        return self._decide(prepared, context, bound=request.facts.bound)

    def could_permit(
        self, agent: Agent, remit: Remit, tool_server: ToolServer, tool: Tool, facts: Facts
    ) -> Possible:
        """That some arguments are permitted, by deciding on some. Raises Denied."""
        prepared = self._for_call(agent, tool_server, tool)
        reached = _reach(remit, tool_server, tool)
        shape = prepared.slice.shape
        said = (agent.name, agent.system, agent.environment, *sorted(agent.purposes), remit.name)
        candidates = propose(
            shape.input,
            load_contract(tool.input_schema),
            reached.entry.tools[tool.name],
            Hints(prepared.policies.policies, said),
        )
        refusal = Denied("policy", f"no arguments of {tool.name} were found that are permitted")
        for arguments in candidates:
            try:
                hold(reached, arguments)
                context = shape.write(remit, facts, arguments, 0)
                return Possible(self._decide(prepared, context, bound=facts.bound))
            except OutsideRemit:
                continue
            except Denied as denied:
                refusal = denied
        raise refusal

    def find_fault(self, tool_server: ToolServer, tool: Tool) -> tuple[PolicyFault, ...]:
        """Why the policies do not fit this tool."""
        sliced = self._sliced_call(tool_server, tool)
        if sliced.unusable:
            return (PolicyFault("", 0, f"{tool_server.name}/{tool.name}", sliced.unusable),)
        return sliced.faults

    def prepare_catalogue(self) -> tuple[PolicyFault, ...]:
        """Slice for tokens for the catalogue."""
        return self._sliced_mint(None).faults

    def prepare(self, tool_server: ToolServer) -> tuple[PolicyFault, ...]:
        """Slice for a tool server and its tools ahead of the first decision; what does not fit."""
        faults = list(self._sliced_mint(tool_server).faults)
        for tool in tool_server.tools.values():
            faults.extend(self._sliced_call(tool_server, tool).faults)
        return tuple(faults)

    def _for_call(self, agent: Agent, tool_server: ToolServer, tool: Tool) -> _Prepared:
        self._check_tenant(tool_server.tenant)
        sliced = self._sliced_call(tool_server, tool)
        return self._prepare(agent, (tool_server.id, tool.name), sliced)

    def _check_tenant(self, tenant: TenantId) -> None:
        if tenant != self._tenant:
            raise Denied("policy_error", f"these are the policies of {self._tenant}, not {tenant}")

    def _sliced_call(self, tool_server: ToolServer, tool: Tool) -> _Sliced:
        return self._sliced((tool_server.id, tool.name), tool, lambda: call_of(tool_server, tool))

    def _sliced_mint(self, tool_server: ToolServer | None) -> _Sliced:
        key = "" if tool_server is None else tool_server.id
        # An empty name is no tool's.
        return self._sliced((key, ""), tool_server, lambda: mint_for(tool_server))

    def _sliced(
        self, key: tuple[str, str], of: Tool | ToolServer | None, target: Callable[[], Target]
    ) -> _Sliced:
        kept = self._slices.find(key)
        if kept is not None and (kept.of is of or kept.of == of):
            return kept
        try:
            return self._slices.keep(key, _Sliced(of, cut(self._policies, target())))
        except PoliciesInvalid as invalid:
            # Kept as well: an agent that calls again does not make us compile again.
            return self._slices.keep(key, _Sliced(of, None, invalid.faults))
        except SchemaUnusable as unusable:
            return self._slices.keep(key, _Sliced(of, None, unusable=unusable.detail))

    def _prepare(self, agent: Agent, key: tuple[str, str], sliced: _Sliced) -> _Prepared:
        self._check_tenant(agent.tenant)
        if sliced.slice is None:
            raise Denied("policy_error", sliced.unusable or f"unfit policy: {sliced.faults[0]}")
        kept = self._prepared.find((agent.id, *key))
        if kept is not None and kept.slice is sliced.slice and kept.agent == agent:
            return kept
        target = sliced.slice.target
        prepared = _Prepared(
            agent=agent,
            slice=sliced.slice,
            policies=sliced.slice.for_agent(agent.name),
            entities=parse_entities(agent, target, sliced.slice.schema),
            request={
                "principal": {"type": AGENT, "id": agent.name},
                "action": {"type": ACTION, "id": target.action},
                "resource": {"type": target.resource[0], "id": target.resource[1]},
            },
        )
        return self._prepared.keep((agent.id, *key), prepared)

    def _decide(self, prepared: _Prepared, context: str, *, bound: bool) -> Allowed:
        asked = {**prepared.request, "context": context}
        try:
            # Never verbose: it prints policies, entities and requests.
            answer = cedarpy.is_authorized(
                asked, prepared.policies.handle, prepared.entities, prepared.slice.schema
            )
        except BaseException as failure:
            # A panic of the native code is no Exception; an interrupt is not the engine's.
            if isinstance(failure, KeyboardInterrupt | SystemExit):
                raise
            raise Denied("policy_error", f"Cedar failed: {type(failure).__name__}") from None
        return judge(answer, prepared.policies.by_name, self._bundle, bound=bound)


def judge(
    answer: cedarpy.AuthzResult, by_name: Mapping[str, CedarPolicy], bundle: str, *, bound: bool
) -> Allowed:
    """Remit's decision on Cedar's answer: Allow, without errors, for reasons that are permits."""
    errors = answer.diagnostics.errors
    if errors or answer.decision is cedarpy.Decision.NoDecision:
        raise Denied("policy_error", *_blame(errors, by_name))
    reasons = [by_name.get(name) for name in answer.diagnostics.reasons]
    policies = tuple(sorted(policy.id for policy in reasons if policy is not None))
    if len(policies) < len(reasons):
        raise Denied("policy_error", "Cedar gave reasons that are no policies of the slice")
    allows = answer.decision is cedarpy.Decision.Allow
    if any(policy is not None and policy.permits is not allows for policy in reasons):
        raise Denied("policy_error", "Cedar's reasons contradict its decision", policies)
    if allows and policies:
        return Allowed(policies, bundle)
    if policies:
        raise Denied("policy", f"forbidden by {', '.join(policies)}", policies)
    if not bound:
        raise Denied("unbound", "no policy permits this without a bound key")
    raise Denied("policy", "no policy permits this")


def _blame(
    errors: Sequence[str], by_name: Mapping[str, CedarPolicy]
) -> tuple[str, tuple[str, ...]]:
    # Cedar's own words quote the values that it choked on: only the policies are named.
    named = {name for error in errors for name in _NAMED.findall(error)}
    policies = tuple(sorted(by_name[name].id for name in named if name in by_name))
    if policies:
        return f"{', '.join(policies)} could not be evaluated", policies
    return "the request does not fit the schema of its tool", ()


def _reach(remit: Remit, tool_server: ToolServer, tool: Tool) -> Reached:
    try:
        return reach(remit, tool_server.id, tool.name)
    except OutsideRemit as outside:
        raise Denied("outside_remit", outside.detail) from None
