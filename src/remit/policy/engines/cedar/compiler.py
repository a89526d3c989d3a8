"""The compiler of Cedar documents: read, sliced for every known tool, and only then an engine."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from remit.identity.tools import ToolServer
from remit.kernel.canonical import digest
from remit.kernel.ids import TenantId
from remit.policy.engine import (
    Compiled,
    PoliciesInvalid,
    PolicyDocument,
    PolicyFault,
    tolerate_nothing,
)
from remit.policy.engines.cedar.documents import CedarPolicy, read_documents
from remit.policy.engines.cedar.engine import CedarEngine
from remit.policy.engines.cedar.target import call_of, mint_for
from remit.policy.refusals import SchemaUnusable


class CedarCompiler:
    """Compiles documents of one tenant. Pure: it may run in a thread."""

    def __init__(self, tenant: TenantId) -> None:
        self._tenant = tenant

    def compile(
        self,
        documents: Sequence[PolicyDocument],
        tool_servers: Iterable[ToolServer],
        tolerate: Callable[[PolicyFault], bool] = tolerate_nothing,
    ) -> Compiled:
        """An engine with its slices made. Raises PoliciesInvalid, with every fault found."""
        policies = read_documents(documents)
        engine = CedarEngine(self._tenant, digest_of(documents), policies)
        servers = [server for server in tool_servers if server.tenant == self._tenant]
        faults = list(engine.prepare_catalogue())
        for server in servers:
            if not server.retired:
                faults.extend(engine.prepare(server))
        found = tuple(dict.fromkeys(faults))
        if not all(map(tolerate, found)):
            raise PoliciesInvalid(found)
        return Compiled(engine, (*found, *_warnings(policies, servers)))


def digest_of(documents: Sequence[PolicyDocument]) -> str:
    """The digest of a bundle: of names and texts, in the order of names."""
    named = sorted((document.name, document.text) for document in documents)
    return digest([[name, text] for name, text in named])


def _warnings(
    policies: Sequence[CedarPolicy], servers: Sequence[ToolServer]
) -> Iterator[PolicyFault]:
    """Tools whose own schema is unusable, and policies that apply to nothing there is."""
    targets = [mint_for(None)]
    for server in servers:
        targets.append(mint_for(server))
        for tool in server.tools.values():
            try:
                targets.append(call_of(server, tool))
            except SchemaUnusable as unusable:
                # Its calls are denied; no policy is at fault for that.
                yield PolicyFault("", 0, f"{server.name}/{tool.name}", unusable.detail)
    for policy in policies:
        if not any(target.concerns(policy) for target in targets):
            yield policy.fault("applies to no known tool or tool server, so it was not checked")
