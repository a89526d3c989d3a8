"""Refusals: the caller hears the standard's word, the log hears all, and nobody fills the disk."""

import pytest

from remit.audit.journal import AlreadyClaimed, AuditUnavailable, LimitReached, WatermarkMoved
from remit.audit.records import RefusalsAggregated
from remit.broker.records import TokenRefused
from remit.broker.refusals import as_oauth
from remit.kernel.errors import (
    Conflict,
    LimitExceeded,
    Malformed,
    NotFound,
    RemitError,
    Unavailable,
)
from remit.kernel.oauth import (
    InvalidDPoPProof,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    UseDPoPNonce,
)
from remit.policy.decision import Denied
from remit.remits.selection import NotInForce
from remit.signals.clearance import EpochPassed, Stopped
from remit.telemetry.names import LogEvent
from tests.broker.scene import MAIL, Hall

SECRET_REASON = "canary: hum_alice stopped rmt_9"


@pytest.fixture
def hall() -> Hall:
    return Hall()


# --- what the wire says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (AlreadyClaimed(SECRET_REASON, "dpop:jkt"), InvalidDPoPProof),
        (AlreadyClaimed(SECRET_REASON, "assertion:iss_1"), InvalidGrant),
        (AlreadyClaimed(SECRET_REASON), InvalidGrant),
        (Denied("unbound", SECRET_REASON), InvalidDPoPProof),
        (Denied("policy", SECRET_REASON), InvalidTarget),
        (Denied("outside_remit", SECRET_REASON), InvalidTarget),
        (LimitReached(SECRET_REASON), InvalidTarget),
        (Stopped(SECRET_REASON), InvalidGrant),
        (EpochPassed(SECRET_REASON), InvalidGrant),
        (WatermarkMoved(SECRET_REASON), InvalidGrant),
        (Conflict(SECRET_REASON), InvalidGrant),
        (NotFound(SECRET_REASON), InvalidGrant),
        (Malformed(SECRET_REASON), InvalidGrant),
        (LimitExceeded(SECRET_REASON), InvalidGrant),
        (RemitError(SECRET_REASON), InvalidGrant),
    ],
)
def test_every_refusal_is_one_of_the_standards_and_keeps_its_reason_inside(
    refusal: RemitError, expected: type[RemitError]
) -> None:
    error = as_oauth(refusal)
    assert type(error) is expected
    assert SECRET_REASON in error.detail
    assert "canary" not in error.error + error.description


@pytest.mark.parametrize(
    "refusal",
    [
        InvalidScope("x"),
        NotInForce("state", "x"),
        UseDPoPNonce("x"),
        Unavailable("x"),
        AuditUnavailable("x"),
    ],
)
def test_what_is_the_standards_already_stays_what_it_is(refusal: RemitError) -> None:
    assert as_oauth(refusal) is refusal


# --- nobody in particular ----------------------------------------------------------------------


def refuse_nobody(hall: Hall, refusal: Exception) -> None:
    with hall.refusals.of_nobody():
        raise refusal


def test_nobody_is_counted_and_leaves_no_record_of_its_own(hall: Hall) -> None:
    before = len(hall.journal.records)
    for _ in range(3):
        with pytest.raises(InvalidGrant):
            refuse_nobody(hall, NotFound("who"))
    with pytest.raises(InvalidRequest):
        refuse_nobody(hall, InvalidRequest("what"))
    assert len(hall.journal.records) == before
    hall.counter.flush()
    (counted,) = hall.told(RefusalsAggregated)
    assert counted.refusals == {"token invalid_grant": 3, "token invalid_request": 1}


def test_why_nobody_was_refused_is_in_the_log(hall: Hall) -> None:
    with pytest.raises(InvalidGrant):
        refuse_nobody(hall, InvalidGrant("an assertion for someone else"))
    said = {"error": "invalid_grant", "detail": "an assertion for someone else"}
    assert hall.lines.said == [(LogEvent.TOKEN_REFUSED, said)]


def test_an_invitation_to_use_a_nonce_is_no_refusal(hall: Hall) -> None:
    with pytest.raises(UseDPoPNonce):
        refuse_nobody(hall, UseDPoPNonce("try again"))
    hall.counter.flush()
    assert not hall.lines.said
    assert not hall.told(RefusalsAggregated)


def test_a_defect_is_not_dressed_as_a_refusal(hall: Hall) -> None:
    with pytest.raises(ZeroDivisionError):
        refuse_nobody(hall, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        refuse_agent(hall, ZeroDivisionError())
    assert not hall.lines.said
    assert not hall.told(TokenRefused)


# --- an agent that proved who it is ------------------------------------------------------------


def refuse_agent(hall: Hall, refusal: Exception, resource: str = MAIL) -> None:
    with hall.refusals.of_agent(hall.authenticated(), resource):
        raise refusal


def test_an_agent_is_refused_by_name_in_one_record_that_the_answer_names(hall: Hall) -> None:
    with pytest.raises(InvalidTarget) as refused:
        refuse_agent(hall, Denied("policy", "forbidden by ops.night"))
    (record,) = hall.told(TokenRefused)
    assert (record.agent, record.client) == (hall.ada.id, hall.authenticated().client)
    assert (record.resource, record.error) == (MAIL, "invalid_target")
    assert record.reason == "forbidden by ops.night"
    assert refused.value.event is not None
    assert refused.value.event.encode() in hall.journal.leaves[-1]
    hall.counter.flush()
    assert not hall.told(RefusalsAggregated)


def test_what_an_agent_sends_makes_no_record_longer_than_is_ours_to_say(hall: Hall) -> None:
    with pytest.raises(InvalidGrant):
        refuse_agent(hall, InvalidGrant("y" * 100_000), resource="x" * 60_000)
    (record,) = hall.told(TokenRefused)
    assert (len(record.resource), len(record.reason)) == (512, 1024)


def test_an_agent_cannot_fill_the_disk_by_being_refused(hall: Hall) -> None:
    for _ in range(500):
        with pytest.raises(InvalidGrant) as refused:
            refuse_agent(hall, InvalidGrant("again"))
    recorded = len(hall.told(TokenRefused))
    assert recorded == 100
    assert refused.value.event is None
    hall.counter.flush()
    (counted,) = hall.told(RefusalsAggregated)
    assert counted.refusals == {"token invalid_grant": 500 - recorded}
    hall.clock.advance(1)
    with pytest.raises(InvalidGrant) as refused:
        refuse_agent(hall, InvalidGrant("later"))
    assert refused.value.event is not None


def test_where_a_refusal_cannot_be_recorded_the_answer_is_that_we_are_not_available(
    hall: Hall,
) -> None:
    hall.journal.fail()
    with pytest.raises(AuditUnavailable):
        refuse_agent(hall, Denied("policy", "x"))


def test_what_goes_well_is_no_refusal(hall: Hall) -> None:
    before = len(hall.journal.records)
    with hall.refusals.of_nobody(), hall.refusals.of_agent(hall.authenticated(), MAIL):
        pass
    assert len(hall.journal.records) == before
