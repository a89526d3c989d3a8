"""The book of policies: nothing is in force that does not compile, and each change is audited."""

import asyncio

import pytest

from remit.audit.journal import AuditUnavailable
from remit.kernel.errors import Conflict, Malformed, NotFound, Unavailable
from remit.kernel.ids import HumanId, TenantId
from remit.policy import book as module
from remit.policy.book import PolicyBook
from remit.policy.decision import Denied
from remit.policy.engine import PoliciesInvalid
from remit.policy.engines.cedar.compiler import CedarCompiler
from remit.policy.shipped import load_shipped
from remit.policy.stored import KIND
from remit.testing.entropy import FakeEntropy
from tests.policy.scene import PERMIT_ALL, TEN, make_call, make_server, make_tool
from tests.signals.fake_journal import FakeJournal

BY = HumanId("hum_alice")
FORBID = '@id("guard") forbid (principal, action, resource);'
WRONG = "permit (principal, action, resource) when { context.gone };"


class HeldJournal(FakeJournal):
    """Holds each commit at its gate, and says when one has come there."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.reached = asyncio.Event()

    async def commit(self, record, changes=()):
        self.reached.set()
        return await super().commit(record, changes)


class Desk:
    def __init__(self, *shipped):
        self.journal = FakeJournal()
        self.servers = [make_server()]
        self.shipped = shipped
        self.book = self.open()

    def open(self, tenant=TEN):
        book = PolicyBook(
            tenant,
            self.journal,
            CedarCompiler(tenant),
            lambda: self.servers,
            FakeEntropy(),
            self.shipped,
        )
        book.load(self.journal)
        return book

    def put(self, name, text):
        return asyncio.run(self.book.put(name, text, by=BY))

    def remove(self, name):
        return asyncio.run(self.book.remove(name, by=BY))

    def decide(self):
        return self.book.engine.decide_call(make_call()).policies


@pytest.fixture
def desk():
    return Desk()


def test_without_policies_nothing_is_permitted(desk):
    with pytest.raises(Denied):
        desk.decide()


def test_before_it_is_loaded_nothing_is_decided():
    book = PolicyBook(TEN, FakeJournal(), CedarCompiler(TEN), list, FakeEntropy())
    with pytest.raises(Unavailable):
        _ = book.engine
    with pytest.raises(Unavailable):
        _ = book.warnings


def test_what_is_put_is_in_force_and_audited(desk):
    before = desk.book.engine.bundle
    stored = desk.put("ops", PERMIT_ALL)
    assert desk.decide() == ("all",)
    (record,) = desk.journal.records
    assert desk.journal.types() == ["policy.put"]
    assert (record.policy, record.name, record.by) == (stored.id, "ops", BY)
    assert (record.bundle_before, record.bundle) == (before, desk.book.engine.bundle)
    assert PERMIT_ALL not in repr(record)
    assert (stored.revision, stored.in_force) == (1, True)


def test_a_document_is_replaced_under_its_id(desk):
    first = desk.put("ops", PERMIT_ALL)
    second = desk.put("ops", FORBID)
    assert (second.id, second.revision) == (first.id, 2)
    with pytest.raises(Denied) as caught:
        desk.decide()
    assert caught.value.policies == ("guard",)
    assert desk.book.load_named("ops").text == FORBID


@pytest.mark.parametrize("text", [WRONG, "nonsense", PERMIT_ALL + PERMIT_ALL, PERMIT_ALL + WRONG])
def test_what_does_not_compile_changes_nothing(desk, text):
    desk.put("ops", PERMIT_ALL)
    engine = desk.book.engine
    for name in ("ops", "more"):
        with pytest.raises(PoliciesInvalid):
            desk.put(name, text)
    assert desk.book.engine is engine
    assert desk.journal.types() == ["policy.put"]
    assert [each.name for each in desk.book] == ["ops"]


def test_what_cannot_be_committed_changes_nothing(desk):
    desk.put("ops", PERMIT_ALL)
    desk.journal.faults.append(AuditUnavailable("disk"))
    with pytest.raises(AuditUnavailable):
        desk.put("ops", FORBID)
    assert desk.decide() == ("all",)
    desk.put("ops", FORBID)


def test_a_removed_document_is_out_of_force_and_keeps_its_name(desk):
    first = desk.put("ops", PERMIT_ALL)
    removed = desk.remove("ops")
    assert desk.journal.types() == ["policy.put", "policy.removed"]
    assert (removed.id, removed.in_force, removed.revision) == (first.id, False, 2)
    with pytest.raises(Denied):
        desk.decide()
    with pytest.raises(Conflict):
        desk.remove("ops")
    assert desk.put("ops", PERMIT_ALL).id == first.id
    assert desk.decide() == ("all",)


def test_what_is_not_there_is_not_removed(desk):
    with pytest.raises(NotFound):
        desk.remove("ops")
    with pytest.raises(NotFound):
        desk.book.load_named("ops")


@pytest.mark.parametrize("name", ["", "Ops", "a/b"])
def test_a_document_has_a_plain_name(desk, name):
    with pytest.raises(Malformed):
        desk.put(name, PERMIT_ALL)


def test_shipped_policies_are_beside_the_tenants_own_and_keep_their_name():
    desk = Desk(load_shipped())
    assert desk.decide() == ("remit.call.bound",)
    with pytest.raises(Conflict):
        desk.put("remit", PERMIT_ALL)
    desk.put("ops", FORBID)
    with pytest.raises(Denied):
        desk.decide()


def test_trying_out_changes_nothing(desk):
    compiled = asyncio.run(desk.book.try_out("ops", PERMIT_ALL))
    assert compiled.engine.decide_call(make_call()).policies == ("all",)
    assert list(desk.book) == []
    assert desk.journal.records == []
    with pytest.raises(PoliciesInvalid):
        asyncio.run(desk.book.try_out("ops", WRONG))


def test_policies_are_checked_against_the_tools_that_are_known_now(desk):
    text = 'permit (principal, action, resource in Remit::Server::"mail") when { context.gone };'
    desk.put("mail", text)
    assert [warning.document for warning in desk.book.warnings] == ["mail"]
    desk.servers.append(make_server(name="mail"))
    with pytest.raises(PoliciesInvalid):
        desk.put("mail", text)


def test_two_changes_at_once_are_made_one_after_the_other(desk):
    async def both():
        await asyncio.gather(
            desk.book.put("ops", PERMIT_ALL, by=BY), desk.book.put("guard", FORBID, by=BY)
        )

    asyncio.run(both())
    assert {each.name for each in desk.book} == {"ops", "guard"}
    with pytest.raises(Denied) as caught:
        desk.decide()
    assert caught.value.policies == ("guard",)


def test_the_same_is_in_force_after_a_restart(desk):
    desk.put("ops", PERMIT_ALL)
    desk.put("guard", FORBID)
    desk.remove("guard")
    again = desk.open()
    assert again.engine.bundle == desk.book.engine.bundle
    assert again.engine.decide_call(make_call()).policies == ("all",)
    assert again.load_named("guard").in_force is False


def test_another_tenants_policies_are_not_ours(desk):
    desk.put("ops", PERMIT_ALL)
    assert list(desk.open(TenantId("ten_b"))) == []


def test_a_state_that_does_not_compile_refuses_to_start(desk):
    desk.put("ops", 'permit (principal, action, resource in Remit::Server::"mail");')
    key = next(key for key in desk.journal.documents if key[1] == KIND)
    document = desk.journal.documents[key]
    broken = document.body.replace(b"permit", b"permti")
    desk.journal.documents[key] = type(document)(*key, "ops", 1, broken)
    with pytest.raises(PoliciesInvalid):
        desk.open()


def test_a_tool_that_changed_under_a_policy_is_denied_and_stops_nothing_else(desk):
    capped = "context.input has amount && context.input.amount < 5"
    own = f'@id("cap") permit (principal, action, resource is Remit::Tool) when {{ {capped} }};'
    desk.put("ops", own)
    vague = make_tool(schema={"type": "object", "properties": {"amount": {}, "order": {}}})
    desk.servers[:] = [make_server(vague), make_server(name="mail")]
    for book in (desk.book, desk.open()):
        with pytest.raises(Denied) as caught:
            book.engine.decide_call(make_call(server=desk.servers[0]))
        assert caught.value.code == "policy_error"
        allowed = book.engine.decide_call(
            make_call({"order": "o", "amount": 1}, server=desk.servers[1])
        )
        assert allowed.policies == ("cap",)
    assert [warning.policy for warning in desk.open().warnings] == ["cap"]
    # An urgent forbid comes in force all the same; a new fault does not.
    desk.put("guard", FORBID)
    with pytest.raises(PoliciesInvalid):
        desk.put("more", own.replace("cap", "cap2"))


def test_there_is_a_limit_to_documents(desk, monkeypatch):
    monkeypatch.setattr(module, "MAX_DOCUMENTS", 1)
    desk.put("ops", PERMIT_ALL)
    with pytest.raises(Conflict):
        desk.put("more", "")
    desk.put("ops", "")


def test_a_caller_that_goes_away_leaves_memory_as_it_is_committed(desk):
    async def leave():
        desk.journal = desk.book._journal = HeldJournal()
        task = asyncio.ensure_future(desk.book.put("ops", PERMIT_ALL, by=BY))
        # Until it has compiled, in its thread, and waits for the disk.
        await asyncio.wait_for(desk.journal.reached.wait(), 10)
        task.cancel()
        await asyncio.sleep(0)
        desk.journal.gate.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert (desk.journal.types(), desk.decide()) == (["policy.put"], ("all",))
