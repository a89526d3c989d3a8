"""The port to policy engines: documents are compiled to an engine, and an engine decides.

An engine answers with evidence or raises Denied: no rule, an error, a request that it cannot judge
are all Denied. Whatever it caches was compiled or proved; it never caches a decision.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from remit.identity.principals import Agent
from remit.identity.tools import Tool, ToolServer
from remit.kernel.errors import RemitError
from remit.policy.decision import Allowed
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.remits.remit import Remit


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """The text of some policies, in the engine's language, under a name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """What is wrong with a policy, or worth a warning; `line` is the first line of the policy."""

    document: str
    line: int
    policy: str
    message: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.policy}: {self.message}"


class PoliciesInvalid(RemitError):
    """Documents that cannot be put in force; `faults` are for their author."""

    status = 422
    error = "policies_invalid"
    description = "The policies cannot be put in force as they are."

    def __init__(self, faults: Sequence[PolicyFault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults[:10]))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Possible:
    """Some arguments of the tool are permitted: `allowed` is the decision on such ones."""

    allowed: Allowed


class PolicyEngine(Protocol):
    """One tenant's policies, compiled."""

    @property
    def bundle(self) -> str:
        """The `sha256:` digest of the documents."""
        ...

    def decide_call(self, request: CallRequest) -> Allowed:
        """Raises Denied: `policy`, `policy_error`, `unbound` or `arguments_invalid`."""
        ...

    def decide_mint(self, request: MintRequest) -> Allowed:
        """Raises Denied: `policy`, `policy_error` or `unbound`."""
        ...

    def could_permit(
        self, agent: Agent, remit: Remit, tool_server: ToolServer, tool: Tool, facts: Facts
    ) -> Possible:
        """By the same policies: that some arguments are permitted; Denied where none were found."""
        ...

    def find_fault(self, tool_server: ToolServer, tool: Tool) -> tuple[PolicyFault, ...]:
        """Why the policies do not fit this tool, so that its calls are denied; empty: they fit."""
        ...


def tolerate_nothing(_: PolicyFault) -> bool:
    """Every policy must fit every tool."""
    return False


@dataclass(frozen=True, slots=True)
class Compiled:
    """An engine ready to decide, and what its documents' authors should know."""

    engine: PolicyEngine
    warnings: tuple[PolicyFault, ...]


class PolicyCompiler(Protocol):
    """Makes engines of documents; pure, so that it may run in a thread."""

    def compile(
        self,
        documents: Sequence[PolicyDocument],
        tool_servers: Iterable[ToolServer],
        tolerate: Callable[[PolicyFault], bool],
    ) -> Compiled:
        """Raises PoliciesInvalid, with every fault that was found.

        A policy that does not fit a tool is no more than a warning where `tolerate` says so: the
        calls of that tool are denied.
        """
        ...
