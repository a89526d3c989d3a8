"""A target's key is its id, so that a token's epochs can be read against watermarks."""

from remit.kernel.ids import ROOT_TENANT, AgentId, RemitId, ToolServerId
from remit.signals.targets import agent_target, everything, remit_target, tool_server_target


def test_each_kind_of_target_has_its_own_key():
    targets = (
        everything(ROOT_TENANT),
        agent_target(ROOT_TENANT, AgentId("agt_a")),
        remit_target(ROOT_TENANT, RemitId("rmt_a")),
        tool_server_target(ROOT_TENANT, ToolServerId("tls_a")),
    )
    assert [each.key for each in targets] == ["everything", "agt_a", "rmt_a", "tls_a"]
