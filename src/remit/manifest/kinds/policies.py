"""Policy: Cedar text under a name; put in force together with all others, or not at all."""

from functools import partial

from remit.kernel.ids import HumanId
from remit.manifest.documents import PolicyDocument
from remit.manifest.plan import Step, create, unchanged, update
from remit.manifest.read import Declared
from remit.policy.book import PolicyBook


class Policies:
    """Plans policies."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book

    def plan(self, declared: Declared, document: PolicyDocument) -> Step:
        """The step for one policy document."""
        found = self._book.find_text(document.name)
        if found is None:
            return create(declared, "", partial(self._put, document))
        if found == document.spec.cedar:
            return unchanged(declared)
        return update(declared, "other text", partial(self._put, document))

    async def _put(self, document: PolicyDocument, by: HumanId) -> None:
        await self._book.put(document.name, document.spec.cedar, by=by)
