"""HTTP tools: a definition that Remit writes from the document, in the form of an MCP tool.

One schema, of an object with every parameter of path, query and body by its name, is what
arguments are checked against, what policies read, and what MCP clients are shown.
"""

from collections.abc import Sequence

import msgspec

from remit.identity.tools import HTTPBinding, HTTPParameter, ParameterIn, RiskTier, Tool
from remit.kernel.canonical import Json, canonicalize, digest_bytes
from remit.kernel.errors import Malformed
from remit.manifest.documents import ParameterSpec, RequestSpec, ToolSpec
from remit.manifest.read import Declared
from remit.proxy.dialects.http_templates import parse_template


def http_tool(declared: Declared, at: int, spec: ToolSpec) -> Tool:
    """The tool that a document describes; raises ManifestError with the line."""
    request = spec.request
    if request is None:
        raise declared.fault(("spec", "tools", at), "an HTTP tool needs `request`")
    if spec.digest is not None:
        raise declared.fault(("spec", "tools", at, "digest"), "an HTTP tool is what it says here")
    try:
        _verify_places(request)
        schema = _schema(request)
        definition = canonicalize(
            {
                "name": spec.name,
                "description": request.description,
                "inputSchema": schema,
                # All that the request is made of, so that the digest pins where a value goes.
                "x-remit-request": {
                    "method": request.method,
                    "path": request.path,
                    "parameters": {each.name: each.place for each in request.parameters},
                },
            }
        )
        input_schema = canonicalize(schema).decode()
        parameters = tuple(_parameter(each) for each in request.parameters)
    except Malformed as problem:
        raise declared.fault(("spec", "tools", at, "request"), problem.detail) from None
    return Tool(
        name=spec.name,
        risk=RiskTier(spec.risk),
        data_classes=frozenset(spec.data_classes),
        definition=definition,
        digest=digest_bytes(definition),
        input_schema=input_schema,
        http=HTTPBinding(request.method, request.path, parameters),
    )


def _verify_places(request: RequestSpec) -> None:
    """Raises Malformed unless the path and its parameters are made for each other."""
    named = [text for is_named, text in parse_template(request.path) if is_named]
    if len(set(named)) != len(named):
        raise Malformed("the path names a parameter twice")
    in_path = {each.name for each in request.parameters if each.place == "path"}
    if in_path != set(named):
        odd = ", ".join(sorted(in_path ^ set(named)))
        raise Malformed(f"path and parameters differ in {odd}")
    if any(not each.required for each in request.parameters if each.place == "path"):
        raise Malformed("a parameter of the path is always required")
    if request.method == "GET" and any(each.place == "body" for each in request.parameters):
        raise Malformed("a GET has no body")


def _schema(request: RequestSpec) -> dict[str, Json]:
    names = [parameter.name for parameter in request.parameters]
    if len(set(names)) != len(names):
        raise Malformed("two parameters have the same name")
    return {
        "type": "object",
        "properties": {each.name: _json(each.schema) for each in request.parameters},
        "required": sorted(each.name for each in request.parameters if each.required),
        "additionalProperties": False,
    }


def _parameter(spec: ParameterSpec) -> HTTPParameter:
    return HTTPParameter(
        name=spec.name,
        place=ParameterIn(spec.place),
        required=spec.required,
        schema=canonicalize(_json(spec.schema)).decode(),
    )


def verify_apart(tools: Sequence[Tool]) -> None:
    """Raises Malformed where two tools would be the same request: neither could be called."""
    seen: dict[object, str] = {}
    for tool in tools:
        if tool.http is None:
            continue
        template = parse_template(tool.http.path_template)
        shape = tuple(None if is_named else text for is_named, text in template)
        first = seen.setdefault((tool.http.method, shape), tool.name)
        if first != tool.name:
            raise Malformed(f"{first} and {tool.name} are the same request")


def _json(schema: object) -> Json:
    """The schema as plain JSON values: what YAML made of it, and nothing else."""
    plain: Json = msgspec.to_builtins(schema)
    return plain
