"""An action: a path, what it takes, and what it does for the human who asks.

Who asks is the uid that the kernel names at the other end of the socket, mapped by the settings to
a human; there is no password to steal, and no other way in.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from remit.audit.journal import AuditUnavailable, Journal
from remit.audit.refusals import Allowances, RefusalCounter
from remit.kernel.canonical import parse_strict
from remit.kernel.clock import Clock
from remit.kernel.errors import Malformed, RemitError
from remit.kernel.ids import ROOT_TENANT, HumanId
from remit.web.admin.records import AdministrationRefused
from remit.web.http import Request, Response, Route, json_response

MAX_BODY = 4 << 20
_JSON = "application/json"


class NotAnAdministrator(RemitError):
    """The uid behind the socket is not listed in the settings."""

    status = 403
    error = "access_denied"
    description = "This user may not administer Remit."


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an action takes; unknown members are refused."""


@dataclass(frozen=True, slots=True)
class Action:
    """One verb of the API. `perform` gets the human and what was asked, of type `takes`."""

    path: str
    takes: type[Asked]
    perform: Callable[[HumanId, Any], Awaitable[object]]


class AdminRoutes:
    """Turns actions into routes that know who asks."""

    def __init__(
        self,
        administrators: Mapping[int, HumanId],
        refusals: RefusalCounter,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._administrators = administrators
        self._refusals = refusals
        self._journal = journal
        self._allowances = Allowances(clock)

    def table(self, *actions: Action) -> tuple[Route, ...]:
        """A POST route for each action."""
        return tuple(self._route(action) for action in actions)

    def _route(self, action: Action) -> Route:
        async def handle(request: Request) -> Response:
            human = self._load_human(request.peer_uid)
            try:
                asked = _parse(request, action.takes)
                return json_response(await action.perform(human, asked))
            except RemitError as error:
                self._record(human, action, error)
                raise

        # Of a stranger not even the body is taken: anybody's processes can reach an open socket.
        return Route("POST", action.path, handle, MAX_BODY, admit=self._load_human)

    def _record(self, human: HumanId, action: Action, error: RemitError) -> None:
        if not self._allowances.admit(human):
            self._refusals.count("admin", error.error)
            return
        record = AdministrationRefused(
            tenant=ROOT_TENANT,
            by=human,
            action=action.path,
            error=error.error,
            reason=error.detail[:1024],
        )
        # Where the log takes no records, that is what the caller is told in any case.
        with suppress(AuditUnavailable):
            self._journal.append(record)

    def _load_human(self, uid: int | None) -> HumanId:
        human = None if uid is None else self._administrators.get(uid)
        if human is None:
            raise NotAnAdministrator(f"uid {uid} is not listed under [administration]")
        return human


def _parse(request: Request, takes: type[Asked]) -> Asked:
    if request.header_values(b"content-type") != (_JSON,):
        raise Malformed(f"content type is not one {_JSON}")
    try:
        return msgspec.convert(parse_strict(request.body, max_bytes=MAX_BODY), takes)
    except msgspec.ValidationError as problem:
        raise Malformed(str(problem)) from None
