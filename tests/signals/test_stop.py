"""A stop reads back as it was written, and a target is what it says it is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remit.audit.journal import Document
from remit.kernel.canonical import canonicalize, parse_strict
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, AgentId, HumanId, StopId
from remit.signals.stop import Lifting, Stop, decode_stop, encode_stop, verify_target
from remit.signals.targets import Target, TargetKind, agent_target, everything

AT = datetime(2026, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)
STOP = Stop(
    id=StopId("stp_1"),
    target=agent_target(ROOT_TENANT, AgentId("agt_1")),
    reason="stolen key",
    by=HumanId("hum_1"),
    at=AT,
    lifted=None,
    revision=1,
)


def document(body: bytes) -> Document:
    return Document(ROOT_TENANT, "stop", "stp_1", "stp_1", 1, body)


@pytest.mark.parametrize(
    "stop",
    [
        STOP,
        replace(STOP, target=everything(ROOT_TENANT)),
        replace(STOP, lifted=Lifting(AT, HumanId("hum_2"), "key replaced")),
    ],
)
def test_a_stop_reads_back_as_it_was_written(stop):
    body = encode_stop(stop)
    assert decode_stop(document(body)) == stop
    assert canonicalize(parse_strict(body)) == body


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": None},
        {"more": 1},
        {"kind": "galaxy"},
        {"kind": "remit"},
        {"target": ""},
        {"at": "now"},
        {"lifted": {"at": 1}},
    ],
)
def test_another_shape_is_refused(change):
    body = dict(parse_strict(encode_stop(STOP))) | change
    with pytest.raises(Malformed):
        decode_stop(document(canonicalize(body)))


def test_a_missing_version_is_refused():
    body = dict(parse_strict(encode_stop(STOP)))
    del body["v"]
    with pytest.raises(Malformed):
        decode_stop(document(canonicalize(body)))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (TargetKind.AGENT, ""),
        (TargetKind.AGENT, "agt_"),
        (TargetKind.AGENT, "rmt_1"),
        (TargetKind.AGENT, "everything"),
        (TargetKind.REMIT, "agt_1"),
        (TargetKind.EVERYTHING, "agt_1"),
    ],
)
def test_a_target_that_is_not_of_its_kind_is_refused(kind, key):
    with pytest.raises(Malformed):
        verify_target(Target(ROOT_TENANT, kind, key))
