"""Who may administer, and what an action takes: strictly, and on record."""

import asyncio
import json
from typing import Any

import pytest

from remit.audit.refusals import RefusalCounter
from remit.kernel.errors import Malformed, NotFound
from remit.kernel.ids import HumanId
from remit.storage.memory.journal import MemoryJournal
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.web.admin.action import Action, AdminRoutes, Asked, NotAnAdministrator
from remit.web.http import Request, Response

ALICE, UID = HumanId("hum_alice"), 4711
JSON = ((b"content-type", b"application/json"),)


class Named(Asked, frozen=True, kw_only=True):
    name: str


class Desk:
    """One action, and what it was asked."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.journal = MemoryJournal(clock, FakeEntropy())
        self.asked: list[tuple[HumanId, str]] = []
        counter = RefusalCounter(self.journal, clock)
        routes = AdminRoutes({UID: ALICE}, counter, self.journal, clock)
        (self.route,) = routes.table(Action("/v1/x", Named, self._perform))

    async def _perform(self, by: HumanId, asked: Named) -> Any:
        if asked.name == "nobody":
            raise NotFound("there is no nobody")
        self.asked.append((by, asked.name))
        return {"name": asked.name}

    def send(self, body: bytes, uid: int | None = UID, headers: Any = JSON) -> Response:
        request = Request("POST", "/v1/x", b"", headers, body, "unix", uid)
        return asyncio.run(self._send(request))

    async def _send(self, request: Request) -> Response:
        return await self.route.handler(request)


def test_a_listed_uid_acts_as_its_human() -> None:
    desk = Desk()
    answer = desk.send(b'{"name":"ada"}')
    assert (answer.status, json.loads(answer.body)) == (200, {"name": "ada"})
    assert desk.asked == [(ALICE, "ada")]


@pytest.mark.parametrize("uid", [None, 0, UID + 1])
def test_any_other_uid_is_nobody(uid: int | None) -> None:
    desk = Desk()
    with pytest.raises(NotAnAdministrator):
        desk.send(b'{"name":"ada"}', uid)
    assert desk.asked == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", JSON),
        (b"{}", JSON),
        (b'{"name":1}', JSON),
        (b'{"name":"a","more":1}', JSON),
        (b'{"name":"a","name":"b"}', JSON),
        (b'{"name":"a","NAME":"b"}', JSON),
        (b"[]", JSON),
        (b'{"name":"a"}', ()),
        (b'{"name":"a"}', ((b"content-type", b"text/plain"),)),
        (b'{"name":"a"}', JSON + JSON),
    ],
)
def test_what_is_not_exactly_asked_does_nothing_and_is_on_record(body: bytes, headers: Any) -> None:
    desk = Desk()
    with pytest.raises(Malformed):
        desk.send(body, headers=headers)
    assert desk.asked == []
    assert len(desk.journal.records) == 2  # The log's own first record, and the refusal.


def test_a_refused_verb_is_recorded_with_who_asked() -> None:
    desk = Desk()
    with pytest.raises(NotFound):
        desk.send(b'{"name":"nobody"}')
    record = desk.journal.records[-1]
    assert "hum_alice" in repr(record)
    assert "/v1/x" in repr(record)
