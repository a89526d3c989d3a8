"""A remit reads back as it was approved, or not at all; a restored one permits nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.kernel.canonical import canonicalize, parse_strict
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, AgentId, RemitId, ToolServerId
from remit.remits.authority import hash_authority, normalize
from remit.remits.document import decode_remit, encode_remit, suspend_body
from remit.remits.remit import AtMost, AuthorityEntry, OneOf, Remit, RemitState

AT = datetime(2026, 1, 1, 12, 0, 0, 5000, tzinfo=UTC)
AUTHORITY = normalize(
    (
        AuthorityEntry(
            ToolServerId("tls_mail"),
            {"send": (OneOf("to", ("a", 1, True)), AtMost("count", 3)), "read": ()},
            2,
        ),
    )
)
REMIT = Remit(
    tenant=ROOT_TENANT,
    id=RemitId("rmt_1"),
    name="q3",
    agent=AgentId("agt_1"),
    purpose="billing",
    authority=AUTHORITY,
    authority_hash=hash_authority(AgentId("agt_1"), "billing", AUTHORITY),
    not_before=AT,
    expires_at=AT + timedelta(hours=1),
    max_derivations=5,
    state=RemitState.ACTIVE,
    revision=7,
)


def changed(**fields):
    document = encode_remit(REMIT)
    body = {**parse_strict(document.body), **fields}
    return replace(document, body=canonicalize(body))


@pytest.mark.parametrize("state", RemitState)
@pytest.mark.parametrize("limit", [None, 1])
def test_a_remit_reads_back(state, limit):
    remit = replace(REMIT, state=state, max_derivations=limit)
    assert decode_remit(encode_remit(remit)) == remit


def test_types_of_values_survive():
    (entry,) = decode_remit(encode_remit(REMIT)).authority
    values = [each.values for each in entry.tools["send"] if isinstance(each, OneOf)]
    assert sorted(type(value).__name__ for value in values[0]) == ["bool", "int", "str"]


@pytest.mark.parametrize(
    "fields",
    [
        {"v": 2},
        {"state": "activated"},
        {"more": 1},
        {"purpose": "support"},
        {"agent": "agt_2"},
        {"authority": []},
        {"authority_hash": "sha-256:x"},
        {"max_derivations": "5"},
    ],
)
def test_what_was_changed_on_the_disk_is_refused(fields):
    with pytest.raises(Malformed):
        decode_remit(changed(**fields))


@pytest.mark.parametrize(
    "constraint",
    [
        {"argument": "x"},
        {"argument": "x", "one_of": ["a"], "at_most": 1},
        {"argument": "x", "at_least": 1},
        {"argument": "x", "one_of": [1.5]},
        {"argument": "x", "one_of": [None]},
        {"argument": "x", "at_most": None},
    ],
)
def test_a_constraint_that_is_not_known_is_refused_and_never_dropped(constraint):
    entry = {
        "tool_server": "tls_mail",
        "tools": {"send": [constraint]},
        "delegation_depth": 0,
    }
    with pytest.raises(Malformed):
        decode_remit(changed(authority=[entry]))
    with pytest.raises(Malformed):
        decode_remit(changed(authority=[entry | {"tools": {"send": [constraint, constraint]}}]))


@pytest.mark.parametrize("state", RemitState)
def test_after_a_restore_nothing_is_active(state):
    before = encode_remit(replace(REMIT, state=state))
    after = decode_remit(replace(before, body=suspend_body(before.body)))
    assert after.state is not RemitState.ACTIVE
    if state is RemitState.ACTIVE:
        assert after == replace(REMIT, state=RemitState.SUSPENDED)
    else:
        assert after.state is state


def test_a_restored_body_is_canonical_and_suspended_once():
    once = suspend_body(encode_remit(REMIT).body)
    assert canonicalize(parse_strict(once)) == once
    assert suspend_body(once) == once


@pytest.mark.parametrize("body", [b"", b"{}", b'{"state":"active"}'])
def test_a_body_that_cannot_be_read_is_not_restored(body):
    with pytest.raises(Malformed):
        suspend_body(body)
