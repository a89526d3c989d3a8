"""Tool servers read back as they were pinned, or not at all."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from remit.identity.documents.tool_servers import decode_tool_server, encode_tool_server
from remit.identity.tools import (
    HTTPBinding,
    HTTPParameter,
    Injection,
    ParameterIn,
    Protocol,
    RiskTier,
    ToolServer,
    Upstream,
)
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, SecretId, ToolServerId
from tests.identity.town import tool

HTTP = HTTPBinding(
    "GET",
    "/v1/tickets/{id}",
    (HTTPParameter("id", ParameterIn.PATH, True, '{"type":"string"}'),),
)
SERVER = ToolServer(
    tenant=ROOT_TENANT,
    id=ToolServerId("tls_1"),
    name="mail",
    protocol=Protocol.MCP,
    upstream=Upstream("https://mail.example/mcp", "ca.pem", True),
    injection=Injection("Authorization", "Bearer ", SecretId("sec_1")),
    tools=MappingProxyType({"read": tool("read"), "send": tool("send", RiskTier.WRITE)}),
    timeout_seconds=2.5,
    retired=False,
    revision=4,
)
TICKETS = replace(
    SERVER,
    protocol=Protocol.HTTP,
    injection=None,
    tools=MappingProxyType({"read": replace(tool("read"), http=HTTP)}),
    timeout_seconds=30.0,
    retired=True,
)


@pytest.mark.parametrize("server", [SERVER, TICKETS])
def test_a_tool_server_reads_back(server):
    assert decode_tool_server(encode_tool_server(server)) == server


def test_its_tools_cannot_be_changed_in_memory():
    tools = decode_tool_server(encode_tool_server(SERVER)).tools
    with pytest.raises(TypeError):
        tools["more"] = tool("more")


def test_a_definition_that_is_not_what_was_pinned_is_refused():
    document = encode_tool_server(SERVER)
    body = document.body.replace(b'\\"name\\":\\"send\\"', b'\\"name\\":\\"sent\\"')
    assert body != document.body
    with pytest.raises(Malformed):
        decode_tool_server(replace(document, body=body))


@pytest.mark.parametrize("change", [(b'"mcp"', b'"smtp"'), (b'"write"', b'"harmless"')])
def test_an_unknown_protocol_or_risk_is_refused(change):
    document = encode_tool_server(SERVER)
    assert change[0] in document.body
    with pytest.raises(Malformed):
        decode_tool_server(replace(document, body=document.body.replace(*change)))
