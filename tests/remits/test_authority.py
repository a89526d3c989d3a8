"""The hash says the authority and nothing but the authority; narrowing is never guessed."""

from types import MappingProxyType

import pytest

from remit.kernel.errors import Malformed
from remit.kernel.ids import AgentId, ToolServerId
from remit.remits.authority import hash_authority, is_within, normalize
from remit.remits.remit import AtMost, AuthorityEntry, OneOf

ADA = AgentId("agt_ada")
MAIL, CHAT = ToolServerId("tls_mail"), ToolServerId("tls_chat")


def entry(server=MAIL, depth=0, **tools):
    return AuthorityEntry(server, tools or {"read": ()}, depth)


ONE = entry(read=(OneOf("folder", ("a", "b")), AtMost("count", 10)), send=())
SAME = entry(send=(), read=(AtMost("count", 10), OneOf("folder", ("b", "a", "b"))))


def test_the_order_in_which_it_was_written_down_does_not_matter():
    first = hash_authority(ADA, "billing", (ONE, entry(CHAT)))
    assert first == hash_authority(ADA, "billing", (entry(CHAT), SAME))
    assert first.startswith("sha-256:")


def test_whatever_was_approved_is_committed_to():
    hashes = {
        hash_authority(agent, purpose, authority)
        for agent in (ADA, AgentId("agt_bea"))
        for purpose in ("billing", "support")
        for authority in (
            (ONE,),
            (entry(),),
            (entry(CHAT),),
            (entry(depth=1),),
            (entry(read=(OneOf("x", (1,)),)),),
            (entry(read=(OneOf("x", (True,)),)),),
            (entry(read=(OneOf("x", ("1",)),)),),
            (entry(read=(AtMost("x", 1),)),),
        )
    }
    assert len(hashes) == 32


def test_what_is_stored_cannot_be_changed():
    tools = {"read": ()}
    (stored,) = normalize((AuthorityEntry(MAIL, tools, 0),))
    tools["send"] = ()
    assert stored.tools == {"read": ()}
    assert isinstance(stored.tools, MappingProxyType)


def test_normalizing_twice_changes_nothing():
    once = normalize((ONE, entry(CHAT)))
    assert normalize(once) == once
    (read,) = (each for each in once if each.tool_server == MAIL)
    assert OneOf("folder", ("a", "b")) in read.tools["read"]


def test_one_and_true_are_two_values():
    (stored,) = normalize((entry(read=(OneOf("x", (1, True, 1)),)),))
    (constraint,) = stored.tools["read"]
    assert sorted(map(repr, constraint.values)) == ["1", "True"]


@pytest.mark.parametrize(
    "authority",
    [
        (),
        (entry(), entry(send=())),
        (AuthorityEntry(MAIL, {}, 0),),
        (entry(depth=-1),),
        (entry(depth=17),),
        (AuthorityEntry(MAIL, {"": ()}, 0),),
        (entry(read=(OneOf("x", ()),)),),
        (entry(read=(OneOf("", ("a",)),)),),
        (entry(read=(AtMost("x" * 129, 1),)),),
        (entry(read=(AtMost("x", 2**53),)),),
        (entry(read=(AtMost("x", -(2**53)),)),),
        (entry(read=(AtMost("x", True),)),),
        (entry(read=(OneOf("x", (2**53,)),)),),
        (entry(read=(OneOf("x", ("\ud800",)),)),),
        (entry(read=tuple(AtMost(f"x{number}", 1) for number in range(33))),),
        tuple(entry(ToolServerId(f"tls_{number}")) for number in range(65)),
    ],
    ids=range(16),
)
def test_an_authority_that_says_nothing_or_too_much_is_refused(authority):
    with pytest.raises(Malformed):
        hash_authority(ADA, "billing", authority)


LIMITED = entry(depth=1, pay=(AtMost("amount", 10), OneOf("currency", ("EUR", "USD"))))


@pytest.mark.parametrize(
    "inner",
    [
        LIMITED,
        entry(depth=0, pay=(AtMost("amount", 10), OneOf("currency", ("EUR", "USD")))),
        entry(depth=1, pay=(AtMost("amount", 9), OneOf("currency", ("EUR",)))),
        entry(pay=(OneOf("amount", (1, 10)), OneOf("currency", ("EUR",)), OneOf("more", (1,)))),
    ],
)
def test_less_is_within(inner):
    assert is_within((inner,), (LIMITED, entry(CHAT)))


@pytest.mark.parametrize(
    "inner",
    [
        entry(CHAT, pay=(AtMost("amount", 1), OneOf("currency", ("EUR",)))),
        entry(depth=2, pay=LIMITED.tools["pay"]),
        entry(pay=LIMITED.tools["pay"], read=()),
        entry(pay=()),
        entry(pay=(AtMost("amount", 10),)),
        entry(pay=(AtMost("amount", 11), OneOf("currency", ("EUR",)))),
        entry(pay=(AtMost("other", 1), OneOf("currency", ("EUR",)))),
        entry(pay=(AtMost("amount", 1), OneOf("currency", ("EUR", "CHF")))),
        entry(pay=(AtMost("amount", 1), AtMost("currency", 1))),
        entry(pay=(OneOf("amount", (1, 11)), OneOf("currency", ("EUR",)))),
        entry(pay=(OneOf("amount", (True,)), OneOf("currency", ("EUR",)))),
        entry(pay=(OneOf("amount", ("1",)), OneOf("currency", ("EUR",)))),
    ],
    ids=range(12),
)
def test_more_or_what_cannot_be_compared_is_not_within(inner):
    assert not is_within((inner,), (LIMITED,))


def test_true_is_not_one_of_the_numbers():
    assert not is_within((entry(read=(OneOf("x", (True,)),)),), (entry(read=(OneOf("x", (1,)),)),))
