import pytest

from remit.mcp.errors import (
    HeaderMismatch,
    InternalError,
    InvalidParams,
    InvalidRequest,
    MethodNotFound,
    MissingRequiredClientCapability,
    ParseError,
    RequestDenied,
    ResourceNotFound,
    UnknownTool,
    UnsupportedProtocolVersion,
    UpstreamError,
)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ParseError(), 400, -32700), (InvalidRequest(), 400, -32600),
        (InvalidParams(), 400, -32602), (MethodNotFound(), 404, -32601),
        (InternalError(), 500, -32603), (UpstreamError(), 502, -32603),
        (HeaderMismatch(), 400, -32020), (MissingRequiredClientCapability({}), 400, -32021),
        (UnsupportedProtocolVersion("x", ()), 400, -32022), (UnknownTool(), 400, -32602),
        (ResourceNotFound(), 400, -32602), (RequestDenied(), 403, 403),
    ],
)  # fmt: skip
def test_each_error_has_the_status_and_code_of_the_specification(error, status, code):
    assert (error.status, error.code) == (status, code)


def test_an_unknown_tool_is_named_as_the_specification_shows():
    assert UnknownTool(named="invalid_tool_name").message == "Unknown tool: invalid_tool_name"


def test_a_tool_outside_the_remit_looks_just_like_one_that_nobody_has():
    hidden = UnknownTool("outside the remit of agt_1", named="delete_all", request_id=1)
    nowhere = UnknownTool("no such tool", named="delete_all", request_id=1)
    assert (hidden.message, hidden.data, hidden.code, hidden.status) == (
        nowhere.message,
        nowhere.data,
        nowhere.code,
        nowhere.status,
    )


def test_what_the_caller_named_is_shortened_and_harmless():
    assert len(UnknownTool(named="x" * 10_000).message) < 200
    assert UnknownTool(named="a\x1b[2J\u202eb").message.isprintable()


def test_the_detail_stays_inside():
    assert "agt_1" not in UnknownTool("agt_1", named="x").message
    assert InternalError("s3cr3t").message == "Internal error"


def test_a_missing_capability_is_said():
    error = MissingRequiredClientCapability({"elicitation": {}}, request_id=1)
    assert error.data == {"requiredCapabilities": {"elicitation": {}}}
