"""What every verb of the registry stands at: one commit, then memory, with nothing in between."""

from collections.abc import Callable, Sequence

from remit.audit.journal import Change, ControlState, Document, Journal, PutDocument
from remit.audit.records import Record
from remit.identity.directory import Directory
from remit.kernel.completion import carry_through
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Malformed
from remit.kernel.ids import HumanId, TenantId
from remit.signals.stops import Stops
from remit.signals.targets import Target


class Desk:
    """The journal, the stops and the directory, for verbs that change all three together."""

    def __init__(
        self, journal: Journal, stops: Stops, directory: Directory, entropy: Entropy
    ) -> None:
        self._journal = journal
        self._stops = stops
        self.directory = directory
        self.entropy = entropy

    def verify_author(self, tenant: TenantId, by: HumanId) -> HumanId:
        """The same human, if it is one of the tenant's; else NotFound."""
        return self.directory.humans.load(tenant, by).id

    async def commit(
        self, record: Record, changes: Sequence[Change], apply: Callable[[], None]
    ) -> None:
        """Commit changes that end nothing that was given before."""
        await carry_through(self._commit(record, changes, apply))

    async def supersede(
        self,
        targets: Sequence[Target],
        record: Record,
        changes: Sequence[Change],
        apply: Callable[[], None],
    ) -> None:
        """Commit changes after which older tokens of the targets are dead, and their calls cut."""
        await self._stops.supersede(targets, record, changes, apply)

    async def _commit(
        self, record: Record, changes: Sequence[Change], apply: Callable[[], None]
    ) -> None:
        await self._journal.commit(record, changes)
        apply()


def put(document: Document) -> PutDocument:
    """The change that commits a document as it is after the change."""
    return PutDocument(
        tenant=document.tenant,
        kind=document.kind,
        id=document.id,
        name=document.name,
        body=document.body,
        expected_revision=document.revision - 1,
    )


def load_each(state: ControlState, kind: str, keep: Callable[[Document], None]) -> None:
    """Read all documents of a kind; one that cannot be read refuses the start, by its id."""
    for document in state.load_documents(kind):
        try:
            keep(document)
        except Malformed as error:
            raise Malformed(f"{kind} {document.id} of {document.tenant}: {error}") from error
