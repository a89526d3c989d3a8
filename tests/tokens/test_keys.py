import json

import pytest

from remit.jose.jwk import PRIVATE_MEMBERS
from remit.jose.keys import KeySet, PublicKey, SigningKey
from remit.kernel.errors import Conflict, Unavailable
from remit.tokens.keys import MAX_RETIRING, KeySlots, TokenKeys
from tests.tokens.fakes import AT_JWT, FIRST, SECOND, THIRD, token_keys


@pytest.fixture
def keys():
    return token_keys()


def published(keys):
    return [jwk["kid"] for jwk in json.loads(keys.document())["keys"]]


def test_what_is_published_can_be_read_and_holds_nothing_private(keys):
    jwks = json.loads(keys.document())
    assert KeySet.parse(keys.document()).load(FIRST.kid, "ES256").jkt == FIRST.kid
    for jwk in jwks["keys"]:
        assert PRIVATE_MEMBERS.isdisjoint(jwk)
        assert (jwk["use"], jwk["alg"]) == ("sig", "ES256")


def test_the_current_key_signs_and_is_believed(keys):
    assert keys.load_signing(AT_JWT) is FIRST
    assert keys.find_verifying(AT_JWT, FIRST.kid) is FIRST.public
    assert keys.find_verifying(AT_JWT, SECOND.kid) is None
    assert keys.find_verifying(AT_JWT, "") is None


def test_rotation_publishes_first_signs_then_and_forgets_last(keys):
    keys.prepare(AT_JWT, SECOND)
    assert keys.load_signing(AT_JWT) is FIRST
    assert published(keys) == [FIRST.kid, SECOND.kid]
    keys.activate(AT_JWT)
    assert keys.load_signing(AT_JWT) is SECOND
    assert published(keys) == [SECOND.kid, FIRST.kid]
    assert keys.find_verifying(AT_JWT, FIRST.kid) is FIRST.public
    keys.retire(AT_JWT, FIRST.kid)
    assert published(keys) == [SECOND.kid]
    assert keys.find_verifying(AT_JWT, FIRST.kid) is None


def test_a_key_is_not_activated_that_was_not_published(keys):
    with pytest.raises(Conflict):
        keys.activate(AT_JWT)


def test_only_one_key_waits(keys):
    keys.prepare(AT_JWT, SECOND)
    with pytest.raises(Conflict):
        keys.prepare(AT_JWT, THIRD)


@pytest.mark.parametrize("kid", [FIRST.kid, SECOND.kid, "unknown"], ids=range(3))
def test_only_a_retiring_key_retires(keys, kid):
    with pytest.raises(Conflict):
        keys.retire(AT_JWT, kid)


def test_keys_do_not_pile_up(keys):
    for _ in range(MAX_RETIRING):
        keys.prepare(AT_JWT, SigningKey.generate())
        keys.activate(AT_JWT)
    keys.prepare(AT_JWT, SigningKey.generate())
    with pytest.raises(Conflict):
        keys.activate(AT_JWT)


def test_a_tainted_key_signs_nothing_and_is_believed_by_nobody(keys):
    keys.taint(FIRST.kid)
    with pytest.raises(Unavailable):
        keys.load_signing(AT_JWT)
    assert published(keys) == []
    assert keys.find_verifying(AT_JWT, FIRST.kid) is None


def test_the_waiting_key_takes_a_tainted_ones_place(keys):
    keys.prepare(AT_JWT, SECOND)
    keys.taint(FIRST.kid)
    assert keys.load_signing(AT_JWT) is SECOND
    assert published(keys) == [SECOND.kid]


def test_a_tainted_key_that_waits_or_retires_is_gone(keys):
    keys.prepare(AT_JWT, SECOND)
    keys.activate(AT_JWT)
    keys.prepare(AT_JWT, THIRD)
    keys.taint(FIRST.kid)
    keys.taint(THIRD.kid)
    assert published(keys) == [SECOND.kid]


def test_a_tainted_key_never_comes_back(keys):
    keys.taint(FIRST.kid)
    with pytest.raises(Conflict):
        keys.prepare(AT_JWT, FIRST)


def test_after_a_taint_a_new_key_signs(keys):
    keys.taint(FIRST.kid)
    keys.prepare(AT_JWT, SECOND)
    keys.activate(AT_JWT)
    assert keys.load_signing(AT_JWT) is SECOND
    assert published(keys) == [SECOND.kid]


def test_a_key_stands_in_one_place(keys):
    with pytest.raises(Conflict):
        keys.prepare(AT_JWT, FIRST)
    with pytest.raises(Conflict):
        TokenKeys({AT_JWT: KeySlots(FIRST, None, (FIRST.public,))})


def test_a_key_without_a_name_is_refused():
    nameless = PublicKey.from_jwk(SECOND.public.members)
    with pytest.raises(Conflict):
        TokenKeys({AT_JWT: KeySlots(FIRST, None, (nameless,))})


@pytest.mark.parametrize("algorithm", ["RS256", "Ed25519", "ES384"])
def test_tokens_are_signed_with_es256(algorithm):
    with pytest.raises(Conflict):
        TokenKeys({AT_JWT: KeySlots(SigningKey.generate(algorithm))})


def test_no_keys_at_all_sign_nothing():
    keys = TokenKeys({})
    with pytest.raises(Unavailable):
        keys.load_signing(AT_JWT)
    assert keys.find_verifying(AT_JWT, FIRST.kid) is None
    assert published(keys) == []
