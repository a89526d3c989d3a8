"""A refusal in the caller's own form; what really happened is in the log alone."""

import json
from typing import Any

import pytest

from remit.kernel.errors import Malformed, RemitError, Unavailable
from remit.kernel.ids import EventId
from remit.mcp.errors import HeaderMismatch, UnknownTool
from remit.policy.decision import Denied
from remit.policy.refusals import ArgumentsInvalid
from remit.proxy.asked import MCPForm
from remit.proxy.attempt import Attempt
from remit.proxy.errors import CallCut, MethodNotAllowed, UnknownRoute
from remit.proxy.messages import Released
from remit.proxy.refusing import Refusing, as_told
from remit.proxy.routes import Form, Route
from remit.signals.clearance import Stopped
from tests.proxy.world import REMIT_SELF, header_of

REFUSING = Refusing(REMIT_SELF, offers_bearer=False)


def attempt(form: Form, request_id: str | None = "c-1") -> Attempt:
    route = Route(form, "t", b"", "aud", "htu", "meta")
    return Attempt(route, form=None if request_id is None else MCPForm(request_id), tool="tool")


def phrase(error: RemitError, form: Form, **more: Any) -> tuple[Released, dict[str, Any]]:
    error.event = EventId("evt_9")
    released = REFUSING.phrase(error, attempt(form, **more), "n")
    assert isinstance(released.body, bytes)
    assert b"sesame" not in released.body + repr(released.headers).encode()
    return released, json.loads(released.body)


def test_mcp_is_answered_in_json_rpc() -> None:
    released, body = phrase(Malformed("sesame"), Form.MCP)
    assert released.status == 400
    assert body["id"] == "c-1"
    assert body["error"]["data"] == {"error": "invalid_request", "event": "evt_9"}
    _, body = phrase(Malformed("sesame"), Form.MCP, request_id=None)
    assert body["id"] is None


def test_http_is_answered_with_a_problem() -> None:
    released, body = phrase(Denied("constraint", "sesame"), Form.HTTP)
    assert (released.status, body["code"], body["event"]) == (403, "constraint", "evt_9")
    assert header_of(released, b"content-type") == b"application/problem+json"


@pytest.mark.parametrize(
    "code", ["constraint", "policy", "policy_error", "definition_changed", "arguments_invalid"]
)
def test_what_the_model_can_act_on_is_told_to_it(code: str) -> None:
    released, body = phrase(Denied(code, "sesame"), Form.MCP)
    assert released.status == 200
    assert body["result"]["isError"] is True
    assert "evt_9" in body["result"]["content"][0]["text"]


def test_arguments_are_refused_with_their_place() -> None:
    _, body = phrase(ArgumentsInvalid("$.id", "type"), Form.MCP)
    assert "$.id: type" in body["result"]["content"][0]["text"]


def test_a_tool_outside_is_as_one_that_is_not_there_in_both_forms() -> None:
    outside = Denied("outside_remit", "sesame")
    unknown = UnknownTool("sesame", request_id="c-1", named="tool")
    assert phrase(outside, Form.MCP) == phrase(unknown, Form.MCP)
    released, body = phrase(Denied("outside_remit", "sesame"), Form.HTTP)
    assert released.status == 404
    assert body == phrase(UnknownRoute("sesame"), Form.HTTP)[1]


@pytest.mark.parametrize(
    "error",
    [Stopped("sesame"), Denied("agent_inactive", "sesame"), Denied("remit_inactive", "sesame")],
)
def test_authority_that_has_ended_is_a_token_that_is_good_no_more(error: RemitError) -> None:
    released, body = phrase(error, Form.MCP)
    assert released.status == 401
    assert body["error"]["data"] == {"error": "invalid_token", "event": "evt_9"}
    assert as_told(error).event == "evt_9"


def test_errors_of_the_protocol_keep_their_codes() -> None:
    released, body = phrase(HeaderMismatch("sesame", named="Mcp-Name"), Form.MCP)
    assert (released.status, body["error"]["code"]) == (400, -32020)
    assert body["error"]["message"] == "Header mismatch: Mcp-Name"


def test_what_failed_here_is_an_internal_error_with_its_status() -> None:
    released, body = phrase(Unavailable("sesame"), Form.MCP)
    assert (released.status, body["error"]["code"]) == (503, -32603)
    released, body = phrase(CallCut("sesame"), Form.MCP)
    assert (released.status, body["error"]["code"]) == (403, 403)


def test_a_method_that_is_not_allowed_is_told_what_is() -> None:
    released, _ = phrase(MethodNotAllowed("sesame", "POST"), Form.HTTP)
    assert header_of(released, b"allow") == b"POST"


def test_without_a_route_there_is_a_problem_and_no_challenge() -> None:
    released = REFUSING.phrase(UnknownRoute("sesame"), Attempt(), "n")
    assert released.status == 404
    assert header_of(released, b"www-authenticate") is None
