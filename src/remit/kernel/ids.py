"""Ids: NewTypes inside, a prefix on the wire, 128 bits behind it (of an event, 48 are its instant).

A name is for people; an id never changes, and is never given twice.
"""

from collections.abc import Callable, Mapping
from typing import Any, NewType, TypeVar

from remit.kernel.entropy import Entropy

TenantId = NewType("TenantId", str)
HumanId = NewType("HumanId", str)
WorkloadId = NewType("WorkloadId", str)
AutomationRunnerId = NewType("AutomationRunnerId", str)
AgentId = NewType("AgentId", str)
ToolServerId = NewType("ToolServerId", str)
TrustIssuerId = NewType("TrustIssuerId", str)
BindingId = NewType("BindingId", str)
RemitId = NewType("RemitId", str)
PolicyId = NewType("PolicyId", str)
SecretId = NewType("SecretId", str)
StopId = NewType("StopId", str)
TokenId = NewType("TokenId", str)
EventId = NewType("EventId", str)
LogId = NewType("LogId", str)
InstanceId = NewType("InstanceId", str)

PREFIXES: Mapping[Callable[[str], Any], str] = {
    TenantId: "ten_",
    HumanId: "hum_",
    WorkloadId: "wkl_",
    AutomationRunnerId: "run_",
    AgentId: "agt_",
    ToolServerId: "tls_",
    TrustIssuerId: "iss_",
    BindingId: "bnd_",
    RemitId: "rmt_",
    PolicyId: "pol_",
    SecretId: "sec_",
    StopId: "stp_",
    TokenId: "tok_",
    EventId: "evt_",
    LogId: "log_",
    InstanceId: "ins_",
}

# An installation starts with one tenant, whose name nobody types (DESIGN.md section 4).
ROOT_TENANT = TenantId("ten_root")


Id = TypeVar("Id", bound=str)


def draw_id(kind: Callable[[str], Id], entropy: Entropy) -> Id:
    """A new id of a kind, say `draw_id(AgentId, entropy)`."""
    return kind(PREFIXES[kind] + entropy.draw(16).hex())
