"""Tool servers, with their pinned tools, as documents."""

from types import MappingProxyType
from typing import Literal

from remit.audit.journal import Document
from remit.identity.documents.body import Body, decode_body, encode_body
from remit.identity.tools import (
    HTTPBinding,
    HTTPParameter,
    Injection,
    ParameterIn,
    Protocol,
    RiskTier,
    Tool,
    ToolServer,
    Upstream,
)
from remit.kernel.canonical import digest_bytes
from remit.kernel.errors import Malformed
from remit.kernel.ids import SecretId, ToolServerId

TOOL_SERVER = "tool_server"


class _ParameterBody(Body):
    name: str
    place: ParameterIn
    required: bool
    schema: str


class _HTTPBody(Body):
    method: str
    path_template: str
    parameters: tuple[_ParameterBody, ...]


class _ToolBody(Body):
    risk: RiskTier
    data_classes: tuple[str, ...]
    definition: str
    digest: str
    input_schema: str
    http: _HTTPBody | None


class _InjectionBody(Body):
    header: str
    prefix: str
    secret: SecretId


class _UpstreamBody(Body):
    url: str
    ca_file: str | None
    allow_private: bool


class _ToolServerBody(Body):
    v: Literal[1]
    protocol: Protocol
    upstream: _UpstreamBody
    injection: _InjectionBody | None
    tools: dict[str, _ToolBody]
    timeout_seconds: float
    retired: bool


def encode_tool_server(server: ToolServer) -> Document:
    upstream, injection = server.upstream, server.injection
    body = _ToolServerBody(
        v=1,
        protocol=server.protocol,
        upstream=_UpstreamBody(
            url=upstream.url, ca_file=upstream.ca_file, allow_private=upstream.allow_private
        ),
        injection=None
        if injection is None
        else _InjectionBody(
            header=injection.header, prefix=injection.prefix, secret=injection.secret
        ),
        tools={name: _encode_tool(tool) for name, tool in server.tools.items()},
        timeout_seconds=server.timeout_seconds,
        retired=server.retired,
    )
    return Document(
        server.tenant, TOOL_SERVER, server.id, server.name, server.revision, encode_body(body)
    )


def decode_tool_server(document: Document) -> ToolServer:
    """The tool server of a document; raises Malformed."""
    body = decode_body(document, _ToolServerBody)
    upstream, injection = body.upstream, body.injection
    return ToolServer(
        tenant=document.tenant,
        id=ToolServerId(document.id),
        name=document.name,
        protocol=body.protocol,
        upstream=Upstream(upstream.url, upstream.ca_file, upstream.allow_private),
        injection=None
        if injection is None
        else Injection(injection.header, injection.prefix, injection.secret),
        tools=MappingProxyType(
            {name: _decode_tool(name, tool) for name, tool in sorted(body.tools.items())}
        ),
        timeout_seconds=body.timeout_seconds,
        retired=body.retired,
        revision=document.revision,
    )


def _encode_tool(tool: Tool) -> _ToolBody:
    return _ToolBody(
        risk=tool.risk,
        data_classes=tuple(sorted(tool.data_classes)),
        definition=tool.definition.decode(),
        digest=tool.digest,
        input_schema=tool.input_schema,
        http=None if tool.http is None else _encode_http(tool.http),
    )


def _encode_http(binding: HTTPBinding) -> _HTTPBody:
    return _HTTPBody(
        method=binding.method,
        path_template=binding.path_template,
        parameters=tuple(
            _ParameterBody(
                name=each.name, place=each.place, required=each.required, schema=each.schema
            )
            for each in binding.parameters
        ),
    )


def _decode_tool(name: str, body: _ToolBody) -> Tool:
    definition = body.definition.encode()
    # What was pinned and what it was pinned to must still be one thing.
    if digest_bytes(definition) != body.digest:
        raise Malformed(f"the definition of tool {name} is not what its digest pins")
    return Tool(
        name=name,
        risk=body.risk,
        data_classes=frozenset(body.data_classes),
        definition=definition,
        digest=body.digest,
        input_schema=body.input_schema,
        http=None if body.http is None else _decode_http(body.http),
    )


def _decode_http(body: _HTTPBody) -> HTTPBinding:
    return HTTPBinding(
        method=body.method,
        path_template=body.path_template,
        parameters=tuple(
            HTTPParameter(each.name, each.place, each.required, each.schema)
            for each in body.parameters
        ),
    )
