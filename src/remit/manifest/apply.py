"""Applying: all documents are read and planned before any step, in the order of dependence.

Each step is one governed verb with its own record; a step that fails ends the apply, and what was
done before it stays done: applying again goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from remit.kernel.ids import HumanId
from remit.manifest.documents import (
    AgentDocument,
    HumanDocument,
    PolicyDocument,
    RemitDocument,
    SecretDocument,
    ToolServerDocument,
    TrustIssuerDocument,
)
from remit.manifest.kinds.agents import Agents
from remit.manifest.kinds.humans import Humans
from remit.manifest.kinds.issuers import Issuers
from remit.manifest.kinds.policies import Policies
from remit.manifest.kinds.remits import RemitPlans
from remit.manifest.kinds.secrets import SecretPlans
from remit.manifest.kinds.tool_servers import ToolServers
from remit.manifest.plan import References, Step
from remit.manifest.read import Declared, verify_distinct

# What others refer to comes first.
_ORDER = ("Human", "TrustIssuer", "Secret", "ToolServer", "Agent", "Policy", "Remit")


@dataclass(frozen=True, slots=True)
class Planners:
    """One planner a kind."""

    humans: Humans
    issuers: Issuers
    secrets: SecretPlans
    tool_servers: ToolServers
    agents: Agents
    policies: Policies
    remits: RemitPlans


async def plan_manifest(declared: Sequence[Declared], planners: Planners) -> Sequence[Step]:
    """The steps that would bring the server to what is declared; raises ManifestError."""
    references = References(declared)
    ordered = sorted(verify_distinct(declared), key=lambda each: _ORDER.index(each.kind))
    return [await _plan(each, planners, references) for each in ordered]


async def perform(steps: Sequence[Step], *, by: HumanId) -> None:
    """Take the steps in order; raises the first one's error that fails."""
    for step in steps:
        if step.perform is not None:
            await step.perform(by)


async def _plan(declared: Declared, planners: Planners, references: References) -> Step:
    match declared.document:
        case HumanDocument() as document:
            return planners.humans.plan(declared, document)
        case TrustIssuerDocument() as document:
            return planners.issuers.plan(declared, document)
        case SecretDocument() as document:
            return planners.secrets.plan(declared, document)
        case ToolServerDocument() as document:
            return await planners.tool_servers.plan(declared, document, references)
        case AgentDocument() as document:
            return planners.agents.plan(declared, document, references)
        case PolicyDocument() as document:
            return await planners.policies.plan(declared, document)
        case RemitDocument() as document:
            return planners.remits.plan(declared, document, references)
        case unreachable:
            assert_never(unreachable)
