"""The policies of one tenant: compiled before they are committed, in force by one assignment.

A change that does not compile, for every tool that is known, changes nothing. A tool may change
under the policies: where they do not fit it any more its calls are denied, which is a warning at
start and no obstacle to other changes. Changes are made one after the other.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from remit.audit.journal import ControlState, Journal
from remit.audit.records import Record
from remit.identity.tools import ToolServer
from remit.kernel.canonical import digest
from remit.kernel.completion import carry_through
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict, NotFound, Unavailable
from remit.kernel.ids import HumanId, PolicyId, TenantId, draw_id
from remit.policy.engine import (
    Compiled,
    PoliciesInvalid,
    PolicyCompiler,
    PolicyDocument,
    PolicyEngine,
    PolicyFault,
    tolerate_nothing,
)
from remit.policy.records import PolicyPut, PolicyRemoved
from remit.policy.stored import (
    KIND,
    StoredPolicies,
    decode_policies,
    encode_policies,
    verify_document_name,
)

MAX_DOCUMENTS = 256


class PolicyBook:
    """Policy documents, and the engine that they are compiled to.

    `shipped` are in force beside the tenant's own. `tool_servers` answers with those that are known
    now: policies are checked against each of their tools.
    """

    def __init__(
        self,
        tenant: TenantId,
        journal: Journal,
        compiler: PolicyCompiler,
        tool_servers: Callable[[], Iterable[ToolServer]],
        entropy: Entropy,
        shipped: Sequence[PolicyDocument] = (),
    ) -> None:
        self._tenant = tenant
        self._journal = journal
        self._compiler = compiler
        self._tool_servers = tool_servers
        self._entropy = entropy
        self._shipped = tuple(shipped)
        self._stored: Mapping[str, StoredPolicies] = {}
        self._in_force: Compiled | None = None
        self._changing = asyncio.Lock()

    @property
    def engine(self) -> PolicyEngine:
        """The engine in force. Raises Unavailable before `load`."""
        return self._compiled.engine

    @property
    def warnings(self) -> tuple[PolicyFault, ...]:
        """What the authors of the policies in force should know."""
        return self._compiled.warnings

    def load(self, state: ControlState) -> None:
        """Read and compile what was committed, after the tool servers. Raises PoliciesInvalid."""
        committed = (decode_policies(document) for document in state.load_documents(KIND))
        stored = {each.name: each for each in committed if each.tenant == self._tenant}
        known = tuple(self._tool_servers())
        self._activate(stored, self._compile(stored, known, lambda _: True))

    def __iter__(self) -> Iterator[StoredPolicies]:
        """The tenant's documents, removed ones too."""
        return iter(self._stored.values())

    def load_named(self, name: str) -> StoredPolicies:
        """The document of a name, in force or removed; raises NotFound."""
        try:
            return self._stored[name]
        except KeyError:
            raise NotFound(f"no policies {name!r}") from None

    async def try_out(self, name: str, text: str) -> Compiled:
        """What `put` would put in force, without doing so. Raises PoliciesInvalid."""
        changed = self._next(name, text)
        return await self._compile_change(changed)

    async def put(self, name: str, text: str, *, by: HumanId) -> StoredPolicies:
        """Put a document in force, new or instead of its former text. Raises PoliciesInvalid."""
        async with self._changing:
            changed = self._next(name, text)

            def record(before: str, after: str) -> Record:
                return PolicyPut(
                    tenant=self._tenant,
                    policy=changed.id,
                    name=name,
                    digest=digest(text),
                    bundle_before=before,
                    bundle=after,
                    by=by,
                )

            return await self._change(changed, record)

    async def remove(self, name: str, *, by: HumanId) -> StoredPolicies:
        """Take a document out of force. Raises NotFound, or Conflict where it is out already."""
        async with self._changing:
            stored = self.load_named(name)
            if not stored.in_force:
                raise Conflict(f"the policies {name!r} are not in force")

            def record(before: str, after: str) -> Record:
                return PolicyRemoved(
                    tenant=self._tenant,
                    policy=stored.id,
                    name=name,
                    bundle_before=before,
                    bundle=after,
                    by=by,
                )

            return await self._change(replace(stored, in_force=False), record)

    @property
    def _compiled(self) -> Compiled:
        if self._in_force is None:
            raise Unavailable("the policies have not been loaded")
        return self._in_force

    def _next(self, name: str, text: str) -> StoredPolicies:
        stored = self._stored.get(verify_document_name(name))
        if stored is not None:
            return replace(stored, text=text, in_force=True)
        if len(self._stored) >= MAX_DOCUMENTS:
            raise Conflict(f"there are {MAX_DOCUMENTS} documents of policies already")
        if any(name == shipped.name for shipped in self._shipped):
            raise Conflict(f"{name!r} is the name of policies that are shipped")
        policy = draw_id(PolicyId, self._entropy)
        return StoredPolicies(self._tenant, policy, name, text, in_force=True, revision=0)

    async def _change(
        self, changed: StoredPolicies, record: Callable[[str, str], Record]
    ) -> StoredPolicies:
        before = self.engine.bundle
        after = self._with(changed)
        compiled = await self._compile_change(changed)

        async def commit() -> StoredPolicies:
            change = encode_policies(changed)
            await self._journal.commit(record(before, compiled.engine.bundle), (change,))
            committed = replace(changed, revision=changed.revision + 1)
            self._activate({**after, changed.name: committed}, compiled)
            return committed

        return await carry_through(commit())

    def _with(self, changed: StoredPolicies) -> Mapping[str, StoredPolicies]:
        return {**self._stored, changed.name: changed}

    async def _compile_change(self, changed: StoredPolicies) -> Compiled:
        # In a thread, on values that are read here: the tool servers may change meanwhile.
        before, after, known = self._stored, self._with(changed), tuple(self._tool_servers())

        def compile_both() -> Compiled:
            try:
                return self._compile(after, known, tolerate_nothing)
            except PoliciesInvalid:
                # A fault that is elsewhere already must not keep an urgent forbid from its force.
                faults = frozenset(self._compile(before, known, lambda _: True).warnings)
                return self._compile(
                    after,
                    known,
                    lambda fault: fault in faults and fault.document != changed.name,
                )

        return await asyncio.to_thread(compile_both)

    def _compile(
        self,
        stored: Mapping[str, StoredPolicies],
        tool_servers: Sequence[ToolServer],
        tolerate: Callable[[PolicyFault], bool],
    ) -> Compiled:
        own = [each.document for each in stored.values() if each.in_force]
        return self._compiler.compile((*self._shipped, *own), tool_servers, tolerate)

    def _activate(self, stored: Mapping[str, StoredPolicies], compiled: Compiled) -> None:
        self._stored = stored
        self._in_force = compiled
