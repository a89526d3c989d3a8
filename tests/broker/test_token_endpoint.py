"""Story 1 in memory: each step refuses by itself, and what is minted was still true at commit."""

import asyncio
from dataclasses import replace

import pytest

from remit.audit.journal import AuditUnavailable
from remit.audit.records import RefusalsAggregated
from remit.broker.form import MEDIA_TYPE
from remit.broker.records import TokenIssued, TokenRefused
from remit.broker.token_request import IncomingTokenRequest
from remit.identity.desk import put
from remit.identity.trust import JTIPolicy
from remit.kernel.errors import RemitError
from remit.kernel.oauth import (
    InvalidDPoPProof,
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    UnsupportedGrantType,
)
from remit.policy.decision import Denied
from remit.policy.request import MintRequest
from remit.remits.document import encode_remit
from remit.remits.records import RemitActivated
from remit.remits.states import Step
from remit.signals.clearance import Stopped
from remit.signals.targets import Target, agent_target, everything, remit_target, tool_server_target
from tests.broker.scene import ENDPOINT, MAIL, US, Hall
from tests.identity.fakes import ISSUER
from tests.policy.scene import Permissive
from tests.remits.desk import TEN


@pytest.fixture
def hall() -> Hall:
    return Hall()


def refuse(hall: Hall, incoming: IncomingTokenRequest, error: type[RemitError]) -> RemitError:
    """Refused so, and nothing minted."""
    with pytest.raises(error) as refused:
        hall.issue(incoming)
    assert refused.value.error == error.error
    assert not hall.told(TokenIssued)
    return refused.value


def targets(hall: Hall) -> dict[str, Target]:
    return {
        "agent": agent_target(TEN, hall.ada.id),
        "remit": remit_target(TEN, hall.remit.id),
        "tool server": tool_server_target(TEN, hall.mail.id),
        "everything": everything(TEN),
    }


# --- 0 to 2: a caller who is nobody yet --------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"body": b""}, InvalidRequest),
        ({"body": b"grant_type=a&grant_type=b"}, InvalidRequest),
        ({"body": b"grant_type=password"}, UnsupportedGrantType),
        ({"content_types": ("application/json",)}, InvalidRequest),
        ({"content_types": (MEDIA_TYPE, MEDIA_TYPE)}, InvalidRequest),
        ({"authorizations": ("Basic YTpi",)}, InvalidRequest),
        ({"proofs": ("garbage",)}, InvalidDPoPProof),
        ({"proofs": ("a", "b")}, InvalidDPoPProof),
    ],
)
def test_what_is_no_token_request_is_refused_and_counted(
    hall: Hall, changes: dict[str, object], error: type[OAuthError]
) -> None:
    refuse(hall, replace(hall.incoming(hall.proof()), **changes), error)
    hall.counter.flush()
    (counted,) = hall.told(RefusalsAggregated)
    assert counted.refusals == {f"token {error.error}": 1}
    assert not hall.told(TokenRefused)


def test_whoever_is_not_vouched_for_is_nobody(hall: Hall) -> None:
    for assertion in ("garbage", hall.assertion(sub="repo:acme/mallory"), hall.assertion(exp=1)):
        refuse(hall, hall.incoming(hall.proof(), assertion=assertion), InvalidGrant)
    assert not hall.told(TokenRefused)


# --- 3: stops ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stopped", ["agent", "remit", "tool server", "everything"])
def test_a_stop_anywhere_on_the_path_refuses(hall: Hall, stopped: str) -> None:
    asyncio.run(hall.stops.stop(targets(hall)[stopped], by=hall.by, reason="test"))
    refused = refuse(hall, hall.incoming(hall.proof()), InvalidGrant)
    (record,) = hall.told(TokenRefused)
    assert record.error == "invalid_grant"
    assert refused.event is not None


@pytest.mark.parametrize("stopped", ["agent", "everything"])
def test_a_stopped_agent_learns_nothing_of_what_there_is(hall: Hall, stopped: str) -> None:
    asyncio.run(hall.stops.stop(targets(hall)[stopped], by=hall.by, reason="test"))
    for form in ({"resource": f"{US}/tools/nowhere"}, {"remit": "nothing"}, {}):
        refused = refuse(hall, hall.incoming(hall.proof(), **form), InvalidGrant)
        assert isinstance(refused.__cause__, Stopped)


@pytest.mark.parametrize("stopped", ["agent", "remit", "tool server", "everything"])
def test_a_stop_between_check_and_commit_refuses(hall: Hall, stopped: str) -> None:
    target = targets(hall)[stopped]
    hall.journal.meanwhile = lambda: hall.stops.stop(target, by=hall.by, reason="race")
    refuse(hall, hall.incoming(hall.proof()), InvalidGrant)


# --- 4 and 5: what is asked, and whether it may be ---------------------------------------------


@pytest.mark.parametrize("resource", [f"{US}/tools/chat", f"{US}/tools/nowhere", ENDPOINT, US])
def test_what_the_remit_does_not_reach_is_refused(hall: Hall, resource: str) -> None:
    refuse(hall, hall.incoming(hall.proof(), resource=resource), InvalidTarget)
    assert hall.engine.asked == 0


class Forbidding(Permissive):
    """An engine that denies, with a code."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def decide_mint(self, request: MintRequest) -> object:
        raise Denied(self.code, "forbidden by ops.night", ("ops.night",))


@pytest.mark.parametrize(
    ("code", "error"),
    [("policy", InvalidTarget), ("policy_error", InvalidTarget), ("unbound", InvalidDPoPProof)],
)
def test_what_policy_denies_is_refused_with_its_reason_inside(
    hall: Hall, code: str, error: type[OAuthError]
) -> None:
    hall.engine = Forbidding(code)
    refused = refuse(hall, hall.incoming(hall.proof()), error)
    assert "ops.night" in refused.detail
    assert "ops.night" not in refused.description
    assert "ops.night" in hall.told(TokenRefused)[0].reason


# --- 6: one transaction ------------------------------------------------------------------------


def test_an_assertion_is_good_for_one_token(hall: Hall) -> None:
    assertion = hall.assertion()
    hall.ask(assertion=assertion)
    with pytest.raises(InvalidGrant):
        hall.ask(assertion=assertion)
    assert len(hall.told(TokenIssued)) == 1


def test_a_proof_is_good_for_one_token(hall: Hall) -> None:
    proof = hall.proof()
    hall.issue(hall.incoming(proof))
    with pytest.raises(InvalidDPoPProof):
        hall.issue(hall.incoming(proof))
    assert len(hall.told(TokenIssued)) == 1


def test_a_transaction_that_is_refused_uses_nothing_up(hall: Hall) -> None:
    used = hall.incoming(hall.proof())
    hall.issue(used)
    replayed = replace(hall.incoming(), proofs=used.proofs)
    with pytest.raises(InvalidDPoPProof):
        hall.issue(replayed)
    # The assertion stood in the same transaction: it was not claimed either.
    hall.issue(replace(replayed, proofs=(hall.proof(),)))
    assert len(hall.told(TokenIssued)) == 2


def test_a_remit_that_changed_before_the_commit_refuses(hall: Hall) -> None:
    async def narrow() -> None:
        await hall.remits.step(TEN, hall.remit.id, Step.SUSPEND, by=hall.by, reason="meanwhile")

    hall.journal.meanwhile = narrow
    refuse(hall, hall.incoming(hall.proof()), InvalidGrant)


def test_a_remit_that_was_widened_before_the_commit_refuses_the_token_of_before(
    hall: Hall,
) -> None:
    async def widen() -> None:
        wider = hall.terms(hall.entry(), hall.entry(hall.chat))
        await hall.remits.revise(TEN, hall.remit.id, wider, by=hall.by, reason="meanwhile")

    hall.journal.meanwhile = widen
    refuse(hall, hall.incoming(hall.proof()), InvalidGrant)
    assert hall.ask().remit == hall.remit.id


def test_a_remit_whose_revision_moved_refuses_even_where_no_watermark_did(hall: Hall) -> None:
    changed = replace(hall.remit, revision=hall.remit.revision + 1)
    record = RemitActivated(
        tenant=TEN, remit=changed.id, state_before="suspended", reason="meanwhile", by=hall.by
    )
    hall.journal.meanwhile = lambda: hall.journal.commit(record, (put(encode_remit(changed)),))
    refuse(hall, hall.incoming(hall.proof()), InvalidGrant)


def test_a_remit_gives_as_many_tokens_as_it_may(hall: Hall) -> None:
    hall.create("once", hall.terms(hall.entry(hall.chat), max_derivations=1))
    chat = f"{US}/tools/chat"
    assert hall.ask(resource=chat).resource == chat
    with pytest.raises(InvalidTarget):
        hall.ask(resource=chat)
    assert len(hall.told(TokenIssued)) == 1


def test_without_its_log_the_endpoint_gives_nothing(hall: Hall) -> None:
    incoming = hall.incoming(hall.proof())
    hall.journal.fail()
    refuse(hall, incoming, AuditUnavailable)


# --- 7: the token ------------------------------------------------------------------------------


def test_a_request_that_passes_every_step_gets_one_recorded_token(hall: Hall) -> None:
    response = hall.ask()
    (record,) = hall.told(TokenIssued)
    assert (response.token_type, response.resource, response.remit) == ("DPoP", MAIL, hall.remit.id)
    assert (record.agent, record.resource, record.remit) == (hall.ada.id, MAIL, hall.remit.id)
    assert record.jkt == hall.confirmation().jkt
    assert hall.engine.asked == 1
    assert not hall.told(TokenRefused)


def test_where_policy_lets_it_a_token_is_bound_to_nothing(hall: Hall) -> None:
    response = hall.issue(hall.incoming())
    (record,) = hall.told(TokenIssued)
    assert (response.token_type, record.jkt) == ("Bearer", None)


def test_an_issuer_whose_assertions_are_reused_needs_no_claim(hall: Hall) -> None:
    hall.directory.put_issuer(replace(ISSUER, jti_policy=JTIPolicy.REUSE_ALLOWED))
    assertion = hall.assertion()
    for _ in range(2):
        hall.ask(assertion=assertion)
    assert len(hall.told(TokenIssued)) == 2
