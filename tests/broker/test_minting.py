"""Minting: no more than the permit says, and no signature before the record is on the disk."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from remit.audit.journal import Receipt
from remit.broker.minting import TokenResponse
from remit.broker.requested_access import path_of
from remit.identity.evidence import Confirmation, Unbound
from remit.kernel.errors import RemitError, Unavailable
from remit.kernel.ids import EventId, LogId
from remit.policy.authorize import authorize_mint
from remit.policy.permits import MintPermit
from remit.tokens.keys import TokenClass
from tests.broker.scene import MAIL, OUR_KEY, US, Hall
from tests.identity.fakes import BINDING, ISSUER
from tests.policy.scene import make_mint

DURABLE = Receipt(EventId("evt_1"), LogId("log_1"), 7, True)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def permit_of(hall: Hall) -> MintPermit:
    asked = make_mint(
        agent=hall.ada, remit=hall.remit, tool_server=hall.mail, resource=MAIL, lifetime_seconds=120
    )
    asked = replace(asked, facts=replace(asked.facts, at=hall.clock.now()))
    clearance = hall.stops.clear(hall.ada.tenant, path_of(hall.ada, asked))
    return authorize_mint(asked, clearance, hall.engine)


def mint(hall: Hall, confirmation: Confirmation | Unbound, receipt: Receipt) -> TokenResponse:
    permit = permit_of(hall)
    claims = hall.minting.prepare(permit, hall.authenticated(), confirmation)
    return hall.minting.sign(permit, receipt, claims)


def test_nothing_is_signed_before_its_record_is_durable(hall: Hall) -> None:
    accepted = Receipt(EventId("evt_1"), LogId("log_1"), None, False)
    with pytest.raises(RemitError, match="durable"):
        mint(hall, Unbound(), accepted)


def test_without_a_key_that_signs_there_is_no_token(hall: Hall) -> None:
    hall.keys.taint(OUR_KEY.kid)
    with pytest.raises(Unavailable):
        mint(hall, Unbound(), DURABLE)


def test_the_claims_are_the_permits(hall: Hall) -> None:
    permit, confirmation = permit_of(hall), hall.confirmation()
    claims = hall.minting.prepare(permit, hall.authenticated(), confirmation)
    now = hall.clock.now()
    assert (claims.issuer, claims.audience) == (US, MAIL)
    assert (claims.agent, claims.client) == (hall.ada.id, BINDING.id)
    assert (claims.remit, claims.remit_revision) == (hall.remit.id, hall.remit.revision)
    assert claims.authority_hash == hall.remit.authority_hash
    assert (claims.issued_at, claims.expires_at) == (now, now + timedelta(seconds=120))
    assert claims.epochs == permit.clearance.epochs
    assert set(claims.epochs) == {"everything", hall.ada.id, hall.remit.id, hall.mail.id}
    assert claims.jkt == confirmation.jkt


def test_every_token_is_one_of_its_own(hall: Hall) -> None:
    permit, agent = permit_of(hall), hall.authenticated()
    drawn = {hall.minting.prepare(permit, agent, Unbound()).token for _ in range(50)}
    assert len(drawn) == 50


def test_the_record_says_of_the_token_all_but_the_token(hall: Hall) -> None:
    permit, agent, confirmation = permit_of(hall), hall.authenticated(), hall.confirmation()
    claims = hall.minting.prepare(permit, agent, confirmation)
    record = hall.minting.record(claims, permit, agent)
    assert (record.token, record.agent, record.client) == (claims.token, hall.ada.id, BINDING.id)
    assert (record.issuer, record.resource, record.jkt) == (ISSUER.id, MAIL, confirmation.jkt)
    assert (record.remit, record.remit_revision) == (hall.remit.id, hall.remit.revision)
    assert (record.policies, record.bundle) == (("all",), "sha256:permissive")
    assert record.expires_at == int(claims.expires_at.timestamp() * 1000)


def test_a_bound_token_is_answered_as_one_and_signed_by_the_current_key(hall: Hall) -> None:
    confirmation = hall.confirmation()
    response = mint(hall, confirmation, DURABLE)
    assert (response.token_type, response.expires_in) == ("DPoP", 120)
    assert (response.resource, response.remit) == (MAIL, hall.remit.id)
    compact = response.access_token.open()
    key = jwt.PyJWK(dict(OUR_KEY.public.to_jwk()))
    checks = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(compact, key, algorithms=["ES256"], audience=MAIL, options=checks)
    assert claims["cnf"] == {"jkt": confirmation.jkt}
    assert claims["exp"] - claims["iat"] == 120
    assert jwt.get_unverified_header(compact)["typ"] == TokenClass.ACCESS_TOKEN


def test_an_unbound_token_is_a_bearers(hall: Hall) -> None:
    response = mint(hall, Unbound(), DURABLE)
    assert response.token_type == "Bearer"
    claims = jwt.decode(response.access_token.open(), options={"verify_signature": False})
    assert "cnf" not in claims


def test_an_answer_prints_no_token(hall: Hall) -> None:
    response = mint(hall, Unbound(), DURABLE)
    assert response.access_token.open() not in repr(response)
    assert "access_token" not in repr(response)
