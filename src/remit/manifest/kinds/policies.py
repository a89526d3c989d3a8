"""Policy: Cedar text under a name; put in force together with all others, or not at all."""

from collections.abc import Iterator
from functools import partial

from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import HumanId
from remit.manifest.documents import PolicyDocument
from remit.manifest.plan import Step, create, unchanged, update
from remit.manifest.read import Declared
from remit.manifest.yaml import ManifestError
from remit.policy.book import PolicyBook
from remit.policy.engine import PoliciesInvalid


class Policies:
    """Plans policies."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book

    async def plan(self, declared: Declared, document: PolicyDocument) -> Step:
        """The step for one policy document, which was compiled against all tools that are known."""
        try:
            compiled = await self._book.try_out(document.name, document.spec.cedar)
        except PoliciesInvalid as problem:
            raise ManifestError("\n".join(_faults(declared, problem))) from None
        except (Conflict, Malformed) as problem:
            raise declared.fault(("metadata", "name"), problem.detail) from None
        warnings = "; ".join(
            str(warning) for warning in compiled.warnings if warning.document == document.name
        )
        found = next((each for each in self._book if each.name == document.name), None)
        if found is None:
            return create(declared, warnings, partial(self._put, document))
        if found.in_force and found.text == document.spec.cedar:
            return unchanged(declared)
        return update(declared, warnings or "other text", partial(self._put, document))

    async def _put(self, document: PolicyDocument, by: HumanId) -> None:
        await self._book.put(document.name, document.spec.cedar, by=by)


def _faults(declared: Declared, problem: PoliciesInvalid) -> Iterator[str]:
    """Each fault at its line of the file, or, if it is another document's, at these policies."""
    located, path = declared.located, ("spec", "cedar")
    for fault in problem.faults:
        if fault.document == declared.document.name:
            line = located.line_in(path, fault.line)
            yield f"{located.source}:{line}: {fault.policy}: {fault.message}"
        else:
            yield located.fault(path, str(fault)).detail
