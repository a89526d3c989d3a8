"""ToolServer: the upstream, and its tools as they are pinned by this very act.

An MCP tool is pinned as its upstream defines it when the document is applied (or must have the
digest that the document names); an HTTP tool is what the document says it is.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from remit.identity.directory import Directory
from remit.identity.registrars.tool_server_terms import ToolServerTerms
from remit.identity.registrars.tool_servers import ToolServerRegistrar
from remit.identity.tools import (
    Injection,
    Protocol,
    RiskTier,
    Tool,
    ToolServer,
    Upstream,
)
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import Malformed, RemitError
from remit.kernel.ids import HumanId, TenantId, ToolServerId
from remit.manifest.documents import ToolServerDocument, ToolSpec
from remit.manifest.http_tools import http_tool, verify_apart
from remit.manifest.kinds.suspicions import verify_distinct, verify_plain
from remit.manifest.plan import (
    References,
    Step,
    create,
    describe_difference,
    unchanged,
    update,
)
from remit.manifest.read import Declared
from remit.mcp.errors import ToolDefinitionInvalid
from remit.mcp.tools import ToolDefinition, parse_tool
from remit.vault.secrets import Secrets

ReadDefinitions: TypeAlias = Callable[[ToolServer], Awaitable[Sequence[Json]]]
_UNREGISTERED = ToolServerId("tls_unregistered")


class ToolServers:
    """Plans tool servers."""

    def __init__(
        self,
        tenant: TenantId,
        directory: Directory,
        registrar: ToolServerRegistrar,
        secrets: Secrets,
        read_definitions: ReadDefinitions,
    ) -> None:
        self._tenant = tenant
        self._directory = directory
        self._registrar = registrar
        self._secrets = secrets
        self._read_definitions = read_definitions

    async def plan(
        self, declared: Declared, document: ToolServerDocument, references: References
    ) -> Step:
        """The step for one tool server; its upstream is asked now where that is possible."""
        if len({tool.name for tool in document.spec.tools}) != len(document.spec.tools):
            raise declared.fault(("spec", "tools"), "two tools have the same name")
        found = self._directory.tool_servers.find_named(self._tenant, document.name)
        if found is not None and (found.retired or found.protocol.value != document.spec.protocol):
            raise declared.fault(("metadata", "name"), "is taken, and names are given once")
        if self._waits_for_secret(declared, document, references):
            if document.spec.protocol == Protocol.HTTP.value:
                _http_tools(declared, document)
            what = "tools are pinned as the upstream lists them when this is applied"
            step = create if found is None else update
            return step(declared, what, partial(self._put, declared, document, None))
        terms = await self._terms(declared, document)
        perform = partial(self._put, declared, document, terms)
        if found is None:
            pins = ", ".join(f"{tool.name} {tool.digest[:19]}" for tool in terms.tools.values())
            return create(declared, f"pins {pins}", perform)
        difference = describe_difference(_members(_terms_of(found)), _members(terms))
        if not difference:
            return unchanged(declared)
        return update(declared, difference, perform)

    def _waits_for_secret(
        self, declared: Declared, document: ToolServerDocument, references: References
    ) -> bool:
        """Whether its secret is made by this very manifest, so that nobody can be asked yet."""
        credential = document.spec.credential
        if credential is None:
            return False
        known = self._secrets.find_by_name(credential.secret)
        path = ("spec", "credential", "secret")
        references.check(declared, path, "Secret", credential.secret, known)
        return known is None

    async def _put(
        self,
        declared: Declared,
        document: ToolServerDocument,
        planned: ToolServerTerms | None,
        by: HumanId,
    ) -> None:
        # What was shown is what is pinned, whatever the upstream lists by now.
        terms = planned or await self._terms(declared, document)
        found = self._directory.tool_servers.find_named(self._tenant, document.name)
        if found is None:
            await self._registrar.register(self._tenant, document.name, terms, by=by)
        else:
            await self._registrar.replace(self._tenant, found.id, terms, by=by)

    async def _terms(self, declared: Declared, document: ToolServerDocument) -> ToolServerTerms:
        spec = document.spec
        upstream = Upstream(spec.upstream.url, spec.upstream.ca_file, spec.upstream.allow_private)
        injection = self._injection(declared, document)
        terms = ToolServerTerms(
            Protocol(spec.protocol), upstream, injection, {}, spec.timeout_seconds
        )
        if terms.protocol is Protocol.HTTP:
            tools = _http_tools(declared, document)
        else:
            tools = await self._pin(declared, document, terms)
        by_name = {tool.name: tool for tool in tools}
        return ToolServerTerms(terms.protocol, upstream, injection, by_name, spec.timeout_seconds)

    def _injection(self, declared: Declared, document: ToolServerDocument) -> Injection | None:
        credential = document.spec.credential
        if credential is None:
            return None
        secret = self._secrets.find_by_name(credential.secret)
        if secret is None:
            path = ("spec", "credential", "secret")
            raise declared.fault(path, f"there is no Secret named {credential.secret!r} yet")
        return Injection(credential.header, credential.prefix, secret.id)

    async def _pin(
        self, declared: Declared, document: ToolServerDocument, terms: ToolServerTerms
    ) -> list[Tool]:
        for at, spec in enumerate(document.spec.tools):
            if spec.request is not None:
                path = ("spec", "tools", at, "request")
                raise declared.fault(path, "an MCP tool is defined by its server, not here")
        verify_distinct(declared, document.spec.tools)
        listed = await self._read(declared, document, terms)
        return [_pinned(declared, at, spec, listed) for at, spec in enumerate(document.spec.tools)]

    async def _read(
        self, declared: Declared, document: ToolServerDocument, terms: ToolServerTerms
    ) -> Mapping[str, ToolDefinition]:
        found = self._directory.tool_servers.find_named(self._tenant, document.name)
        asked = ToolServer(
            tenant=self._tenant,
            id=_UNREGISTERED if found is None else found.id,
            name=document.name,
            protocol=terms.protocol,
            upstream=terms.upstream,
            injection=terms.injection,
            tools={},
            timeout_seconds=terms.timeout_seconds,
            retired=False,
            revision=0,
        )
        try:
            definitions = await self._read_definitions(asked)
        except RemitError as problem:
            raise declared.fault(
                ("spec", "upstream", "url"), f"its tools could not be listed: {problem.detail}"
            ) from None
        return _by_name(definitions)


def _http_tools(declared: Declared, document: ToolServerDocument) -> list[Tool]:
    tools = [http_tool(declared, at, tool) for at, tool in enumerate(document.spec.tools)]
    try:
        verify_apart(tools)
    except Malformed as problem:
        raise declared.fault(("spec", "tools"), problem.detail) from None
    return tools


def _by_name(definitions: Sequence[Json]) -> Mapping[str, ToolDefinition]:
    """Usable definitions by name; a name that is listed twice is nobody's."""
    found: dict[str, ToolDefinition] = {}
    doubled: set[str] = set()
    for definition in definitions:
        try:
            tool = parse_tool(definition)
        except ToolDefinitionInvalid:
            continue
        if tool.name in found:
            doubled.add(tool.name)
        found[tool.name] = tool
    return {name: tool for name, tool in found.items() if name not in doubled}


def _pinned(
    declared: Declared, at: int, spec: ToolSpec, listed: Mapping[str, ToolDefinition]
) -> Tool:
    definition = listed.get(spec.name)
    if definition is None:
        offered = ", ".join(sorted(listed)) or "none"
        raise declared.fault(
            ("spec", "tools", at, "name"),
            f"the upstream lists no usable tool {spec.name!r}; it lists {offered}",
        )
    if spec.digest not in (None, definition.digest):
        raise declared.fault(
            ("spec", "tools", at, "digest"), f"the upstream's is {definition.digest}"
        )
    verify_plain(declared, at, spec, definition)
    return Tool(
        name=spec.name,
        risk=RiskTier(spec.risk),
        data_classes=frozenset(spec.data_classes),
        definition=definition.canonical,
        digest=definition.digest,
        input_schema=canonicalize(dict(definition.input_schema)).decode(),
    )


def _terms_of(server: ToolServer) -> ToolServerTerms:
    return ToolServerTerms(
        server.protocol, server.upstream, server.injection, server.tools, server.timeout_seconds
    )


def _members(terms: ToolServerTerms) -> dict[str, object]:
    members: dict[str, object] = {
        "upstream": terms.upstream.url,
        "caFile": terms.upstream.ca_file,
        "allowPrivate": terms.upstream.allow_private,
        "credential": terms.injection,
        "timeoutSeconds": terms.timeout_seconds,
        "tools": frozenset(terms.tools),
    }
    for tool in terms.tools.values():
        # Beside the other members, whatever a tool is called.
        members[f"tool {tool.name}"] = (
            tool.risk.value,
            tuple(sorted(tool.data_classes)),
            tool.digest,
        )
    return members
