import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from remit.identity.federation.oidc import MAX_ASSERTION_BYTES, MAX_LEEWAY_IN, AssertionVerifier
from remit.identity.principals import AgentState
from remit.identity.trust import JTIPolicy
from remit.jose.keys import KeySet, SigningKey
from remit.kernel.errors import Unavailable
from remit.kernel.ids import ROOT_TENANT, AgentId, BindingId, TenantId
from remit.kernel.oauth import InvalidGrant
from tests.identity.fakes import (
    AGENT,
    BINDING,
    ISSUER,
    NOW,
    StillClock,
    another,
    directory,
    seconds,
    sign,
)

US = "https://remit.example"
TOKEN_ENDPOINT = "https://remit.example/token"
KEY = SigningKey.generate("ES256")
STRANGER = SigningKey.generate("ES256")
AT = seconds(NOW)


class Keys:
    """A KeySource that holds one key, and may be down or act while it is asked."""

    def __init__(self):
        self.key = KEY
        self.asked = 0
        self.meanwhile = lambda: None

    async def load(self, issuer, kid):
        self.asked += 1
        self.meanwhile()
        if self.key is None:
            raise Unavailable("the issuer is down")
        return KeySet((self.key.public,))


class Platform:
    """Makes assertions, good ones unless told otherwise, and has them verified."""

    def __init__(self):
        self.directory = directory()
        self.clock = StillClock()
        self.keys = Keys()
        self.restored_at = None

    def assertion(self, key=KEY, header=None, **changes):
        claims = {
            "iss": ISSUER.issuer, "aud": US, "iat": AT, "exp": AT + 300, "jti": "one",
            "sub": "repo:acme/triage", "repository_id": "4711", **changes,
        }  # fmt: skip
        stated = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT", **(header or {})}
        return sign(_said(stated), _said(claims), key)

    def verify(self, assertion, named=None, tenant=ROOT_TENANT):
        audiences = frozenset({US, TOKEN_ENDPOINT})
        verifier = AssertionVerifier(
            self.directory, self.keys, self.clock, audiences, self.restored_at
        )
        return asyncio.run(verifier.verify(tenant, assertion, named))

    def refuses(self, assertion, named=None, tenant=ROOT_TENANT):
        with pytest.raises(InvalidGrant) as refused:
            self.verify(assertion, named, tenant)
        # One voice outside for every reason; another inside for each.
        assert type(refused.value) is InvalidGrant
        assert refused.value.detail
        return refused.value.detail


def _said(members):
    return {name: value for name, value in members.items() if value is not None}


@pytest.fixture
def platform():
    return Platform()


def given(platform, **changes):
    platform.directory = directory(issuer=replace(ISSUER, **changes))


def test_an_assertion_of_a_bound_subject_is_its_agent(platform):
    authenticated = platform.verify(platform.assertion())
    assert authenticated.agent is AGENT
    assert authenticated.binding is BINDING
    assert authenticated.issuer is ISSUER
    assert authenticated.assertion_expires_at == NOW + timedelta(seconds=300)
    assert authenticated.client == BINDING.id


# --- the form ---


@pytest.mark.parametrize("garbage", ["", "a", "a.b.c", "..", "e30.e30.e30", "\ud800", "é.è.ê"])
def test_garbage_is_refused(platform, garbage):
    platform.refuses(garbage)


def test_a_huge_assertion_is_refused_before_it_is_looked_at(platform):
    platform.refuses("x" * (MAX_ASSERTION_BYTES + 1))
    platform.refuses(platform.assertion(padding="x" * MAX_ASSERTION_BYTES))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt"])
def test_an_assertion_is_of_no_special_type(platform, typ):
    platform.verify(platform.assertion(header={"typ": typ}))


@pytest.mark.parametrize(
    "typ",
    [
        "dpop+jwt", "at+jwt", "application/at+jwt", "client-authentication+jwt",
        "oauth-id-jag+jwt", "logout+jwt", "secevent+jwt", "JOSE", "x",
    ],
)  # fmt: skip
def test_a_jwt_that_is_for_something_else_is_refused(platform, typ):
    platform.refuses(platform.assertion(header={"typ": typ}))


# --- the issuer, its keys, its algorithms ---


@pytest.mark.parametrize(
    "iss",
    [
        None, "", 1, ["https://forge.example"], "https://forge.example/", "https://evil.example",
        "HTTPS://forge.example", "https://forge.example ",
    ],
    ids=str,
)  # fmt: skip
def test_an_issuer_that_was_not_registered_is_refused_without_asking_for_keys(platform, iss):
    platform.refuses(platform.assertion(iss=iss))
    assert platform.keys.asked == 0


def test_an_issuer_of_another_tenant_is_refused(platform):
    platform.refuses(platform.assertion(), tenant=TenantId("ten_other"))
    assert platform.keys.asked == 0


def test_a_retired_issuer_is_refused(platform):
    given(platform, retired=True)
    platform.refuses(platform.assertion())


def test_an_issuer_that_is_retired_while_its_keys_are_fetched_is_refused(platform):
    retired = replace(ISSUER, retired=True, revision=2)
    platform.keys.meanwhile = lambda: platform.directory.put_issuer(retired)
    platform.refuses(platform.assertion())


def test_an_algorithm_that_the_issuer_does_not_use_is_refused(platform):
    key = SigningKey.generate("Ed25519")
    platform.keys.key = key
    platform.refuses(platform.assertion(key))
    assert platform.keys.asked == 0


@pytest.mark.parametrize("alg", ["none", "HS256", "ES512", "RS256", None])
def test_an_algorithm_that_is_not_the_keys_is_refused(platform, alg):
    platform.refuses(platform.assertion(header={"alg": alg}))


def test_an_rsa_issuer_is_accepted_where_it_is_registered(platform):
    platform.keys.key = SigningKey.generate("RS256")
    platform.verify(platform.assertion(platform.keys.key))


def test_a_strangers_signature_is_refused(platform):
    platform.refuses(platform.assertion(STRANGER, header={"kid": KEY.kid}))
    platform.refuses(platform.assertion(STRANGER))


def test_a_key_that_the_assertion_brings_along_is_not_believed(platform):
    header = {"jwk": STRANGER.public.members, "jku": "https://evil.example/keys"}
    platform.refuses(platform.assertion(STRANGER, header=header))


def test_an_issuer_that_is_down_is_no_other_answer(platform):
    platform.keys.key = None
    assert platform.refuses(platform.assertion()) == "the issuer is down"


# --- the audience ---


@pytest.mark.parametrize("aud", [US, TOKEN_ENDPOINT, [US], [TOKEN_ENDPOINT]], ids=str)
def test_an_assertion_is_for_us(platform, aud):
    platform.verify(platform.assertion(aud=aud))


@pytest.mark.parametrize(
    "aud",
    [
        None, "", [], "https://other.example", US + "/", US.upper(), [US, TOKEN_ENDPOINT],
        [US, "https://other.example"], [US, US], [[US]], {"a": US}, 1, [1],
    ],
    ids=str,
)  # fmt: skip
def test_an_assertion_for_others_or_for_others_too_is_refused(platform, aud):
    platform.refuses(platform.assertion(aud=aud))


# --- the times ---


@pytest.mark.parametrize("name", ["iat", "exp"])
def test_an_assertion_without_its_times_is_refused(platform, name):
    platform.refuses(platform.assertion(**{name: None}))


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize("value", ["1", True, [], -1, 1e300], ids=str)
def test_a_time_that_is_none_is_refused(platform, name, value):
    platform.refuses(platform.assertion(**{name: value}))


def test_an_expired_assertion_is_refused(platform):
    platform.clock.pass_(300 + MAX_LEEWAY_IN - 1)
    platform.verify(platform.assertion())
    platform.clock.pass_(1)
    platform.refuses(platform.assertion())


def test_an_assertion_of_tomorrow_is_refused(platform):
    platform.verify(platform.assertion(iat=AT + 30, exp=AT + 300))
    platform.refuses(platform.assertion(iat=AT + 31, exp=AT + 300))
    platform.verify(platform.assertion(nbf=AT + 30))
    platform.refuses(platform.assertion(nbf=AT + 31))


def test_an_assertion_that_lives_too_long_is_refused(platform):
    platform.verify(platform.assertion(exp=AT + 3600))
    platform.refuses(platform.assertion(exp=AT + 3601))


def test_an_assertion_that_ends_before_it_begins_is_refused(platform):
    platform.refuses(platform.assertion(iat=AT + 10, exp=AT + 10))


@pytest.mark.parametrize(("registered", "given_in"), [(3600, MAX_LEEWAY_IN), (-5, 0), (7, 7)])
def test_no_issuer_is_given_more_leeway_than_the_house_gives(platform, registered, given_in):
    given(platform, leeway_seconds=registered)
    platform.clock.pass_(300 + given_in)
    platform.refuses(platform.assertion())
    platform.clock.pass_(-0.5 if given_in == 0 else -1)
    platform.verify(platform.assertion())


# --- single use ---


def test_a_single_use_is_claimed_for_as_long_as_the_assertion_is_accepted(platform):
    claim = platform.verify(platform.assertion()).claim
    assert (claim.tenant, claim.space, claim.key) == (ROOT_TENANT, f"assertion:{ISSUER.id}", "one")
    platform.clock.instant = claim.until
    platform.refuses(platform.assertion())


@pytest.mark.parametrize("jti", [None, "", 1, True, ["one"], "x" * 257], ids=repr)
def test_where_single_use_is_asked_for_there_must_be_a_jti(platform, jti):
    platform.refuses(platform.assertion(jti=jti))


def test_a_jti_is_claimed_where_there_is_one(platform):
    given(platform, jti_policy=JTIPolicy.SINGLE_USE_IF_PRESENT)
    assert platform.verify(platform.assertion()).claim is not None
    assert platform.verify(platform.assertion(jti=None)).claim is None
    platform.refuses(platform.assertion(jti=1))


def test_platforms_that_reuse_assertions_may(platform):
    given(platform, jti_policy=JTIPolicy.REUSE_ALLOWED)
    assert platform.verify(platform.assertion()).claim is None
    assert platform.verify(platform.assertion(jti=None)).claim is None
    platform.refuses(platform.assertion(jti=1))


# --- the binding and the agent ---


def test_a_subject_that_is_not_bound_is_refused(platform):
    platform.refuses(platform.assertion(sub="repo:acme/other"))


def test_an_ambiguous_subject_is_refused_unless_the_request_says_which(platform):
    second = another(BINDING, 2, claims={"sub": "repo:acme/triage"})
    platform.directory = directory(BINDING, second)
    platform.refuses(platform.assertion())
    assert platform.verify(platform.assertion(), second.id).binding is second


def test_a_named_binding_that_does_not_match_is_refused(platform):
    platform.refuses(platform.assertion(), BindingId("bnd_elsewhere"))
    platform.refuses(platform.assertion(sub="repo:acme/other"), BINDING.id)


@pytest.mark.parametrize("state", [state for state in AgentState if state != AgentState.ACTIVE])
def test_an_agent_that_is_not_active_is_refused(platform, state):
    platform.directory = directory(agent=replace(AGENT, state=state))
    platform.refuses(platform.assertion())


def test_a_binding_for_no_agent_is_refused(platform):
    platform.directory = directory(replace(BINDING, agent=AgentId("agt_gone")))
    platform.refuses(platform.assertion())


# --- after a restore ---


def test_an_assertion_that_may_have_been_used_before_the_restore_is_refused(platform):
    given(platform, leeway_seconds=5)
    platform.restored_at = NOW - timedelta(seconds=10)
    platform.verify(platform.assertion(iat=AT - 4))
    assert "restore" in platform.refuses(platform.assertion(iat=AT - 5))
    assert "restore" in platform.refuses(platform.assertion(iat=AT - 60))


def test_an_assertion_that_may_be_used_again_may_be_so_after_a_restore(platform):
    given(platform, jti_policy=JTIPolicy.REUSE_ALLOWED)
    platform.restored_at = NOW
    platform.verify(platform.assertion(iat=AT - 60))
