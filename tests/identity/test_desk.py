"""One commit, then memory: what fails leaves memory alone, and what is gone finishes."""

import asyncio

import pytest

from remit.audit.journal import Document
from remit.audit.records import Record
from remit.identity.desk import Desk, load_each, put
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import HumanId
from tests.identity.town import TEN, Town

DOCUMENT = Document(TEN, "thing", "thi_1", "one", 3, b"{}")


class Noted(Record, frozen=True, kw_only=True, tag="noted"):
    """A record of a test."""


def desk_of(town):
    return Desk(town.journal, town.stops, town.directory, town.entropy)


def test_the_change_expects_the_revision_before():
    assert put(DOCUMENT).expected_revision == 2


def test_a_refused_commit_leaves_memory_alone():
    town = Town()
    town.journal.faults.append(Conflict("revision"))
    with pytest.raises(Conflict):
        asyncio.run(desk_of(town).commit(Noted(tenant=TEN), (), pytest.fail))


def test_memory_follows_the_commit_although_whoever_asked_is_gone():
    async def story():
        town, applied = Town(), []
        town.journal.gate = asyncio.Event()
        verb = desk_of(town).commit(Noted(tenant=TEN), (), lambda: applied.append(True))
        task = asyncio.get_running_loop().create_task(verb)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        town.journal.gate.set()
        await asyncio.gather(task, return_exceptions=True)
        return applied, task.cancelled()

    assert asyncio.run(story()) == ([True], True)


def test_only_a_human_of_the_tenant_does_anything():
    with pytest.raises(NotFound):
        desk_of(Town()).verify_author(TEN, HumanId("hum_nobody"))


def test_an_unreadable_document_refuses_the_start_by_its_id():
    town = Town()
    town.journal.documents[TEN, "thing", "thi_1"] = DOCUMENT

    def refuse(_):
        raise Malformed("broken")

    with pytest.raises(Malformed, match=r"thing thi_1 of ten_root: broken"):
        load_each(town.journal, "thing", refuse)
