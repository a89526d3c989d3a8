"""Which refusal takes which form in MCP; the whole answers are in test_refusing.py."""

import json

from remit.kernel.errors import Malformed
from remit.mcp.errors import UnknownTool, UnsupportedProtocolVersion
from remit.policy.decision import Denied
from remit.proxy.dialects.mcp_errors import hides_tool, is_shown, refusal_body, shown_result
from tests.proxy.world import REMIT_SELF


def test_the_model_sees_what_it_can_act_on() -> None:
    assert is_shown(Denied("constraint", "x"))
    assert not is_shown(Denied("outside_remit", "x"))
    assert not is_shown(Denied("unbound", "x"))
    assert not is_shown(Malformed("x"))


def test_a_tool_is_hidden_whether_denied_or_absent() -> None:
    assert hides_tool(Denied("outside_remit", "x"))
    assert hides_tool(UnknownTool("x"))
    assert not hides_tool(Denied("policy", "x"))


def test_a_result_that_denies_is_an_error_without_an_event_too() -> None:
    body = json.loads(shown_result(Denied("policy", "sesame"), 1, REMIT_SELF))
    assert body["id"] == 1
    assert body["result"]["content"][0]["text"] == "Policy does not permit this call."


def test_errors_of_mcp_keep_their_data() -> None:
    error = UnsupportedProtocolVersion("2024-11-05", ("2026-07-28",), request_id="own")
    body = json.loads(refusal_body(error, None))
    assert body["id"] == "own"
    assert body["error"]["data"] == {"requested": "2024-11-05", "supported": ["2026-07-28"]}
