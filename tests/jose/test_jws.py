"""Signed JWTs, attacked first; then checked against RFC 7515, PyJWT and joserfc."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from remit.jose.algorithms import ALGORITHMS, ES256
from remit.jose.encoding import decode_base64url, encode_base64url
from remit.jose.errors import InvalidSignature, JOSERefused, MalformedJWT, UnknownKey
from remit.jose.jws import (
    MAX_HEADER_BYTES,
    MAX_JWT_BYTES,
    parse_unverified,
    require_typ,
    sign_jwt,
    verify,
)
from remit.jose.keys import KeySet, PublicKey, SigningKey
from remit.kernel.canonical import Json

KEYS = {algorithm: SigningKey.generate(algorithm) for algorithm in sorted(ALGORITHMS)}
KEY, OTHER = KEYS[ES256], SigningKey.generate()
ONLY_ES256 = frozenset({ES256})
CLAIMS: dict[str, Json] = {
    "iss": "https://a.example",
    "sub": "agt_x",
    "n": [1, 2.5],
    "o": {"e": None},
}

# RFC 7515 appendix A.3.
A_3 = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
A_3_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


def encode(document: Any) -> str:
    return encode_base64url(json.dumps(document).encode())


def signed(header: Any, payload: str | None = None, key: SigningKey = KEY) -> str:
    """A JWT with any header, really signed: what is wrong with it is the header alone."""
    message = f"{encode(header)}.{encode(CLAIMS) if payload is None else payload}"
    return f"{message}.{encode_base64url(key.sign(message.encode()))}"


def test_what_was_signed_is_verified() -> None:
    compact = sign_jwt(CLAIMS, typ="at+jwt", key=KEY)
    unverified = parse_unverified(compact)
    assert unverified.header.alg == "ES256"
    assert (unverified.header.kid, unverified.header.typ) == (KEY.kid, "at+jwt")
    assert verify(unverified, KeySet((OTHER.public, KEY.public)), ONLY_ES256) == CLAIMS
    assert verify(unverified, KEY.public, ONLY_ES256) == CLAIMS


def test_the_example_of_rfc_7515_appendix_a_3() -> None:
    claims = verify(parse_unverified(A_3), PublicKey.from_jwk(A_3_KEY), ONLY_ES256)
    assert claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}


@pytest.mark.parametrize("place", range(3))
def test_a_change_anywhere_is_refused(place: int) -> None:
    parts = sign_jwt(CLAIMS, typ="at+jwt", key=KEY).split(".")
    raw = decode_base64url(parts[place])
    for at in range(0, len(raw), 5):
        changed = bytearray(raw)
        changed[at] ^= 1
        forged = [*parts[:place], encode_base64url(bytes(changed)), *parts[place + 1 :]]
        with pytest.raises(JOSERefused):
            verify(parse_unverified(".".join(forged)), KEY.public, ONLY_ES256)


def test_another_keys_signature_is_refused() -> None:
    unverified = parse_unverified(sign_jwt(CLAIMS, typ="at+jwt", key=OTHER))
    with pytest.raises(InvalidSignature):
        verify(unverified, KEY.public, ONLY_ES256)
    with pytest.raises(UnknownKey):
        verify(unverified, KeySet((KEY.public,)), ONLY_ES256)


UNKNOWN = [
    "none",
    "nOnE",
    "",
    "HS256",
    "HS384",
    "HS512",
    "ES512",
    "RS512",
    "es256",
    "ES256K",
    "dir",
]


@pytest.mark.parametrize("alg", [*UNKNOWN, None, 1, ["ES256"]])
def test_none_and_symmetric_and_unknown_algorithms_cannot_even_be_parsed(alg: Any) -> None:
    for compact in (signed({"alg": alg}), f"{encode({'alg': alg})}.{encode(CLAIMS)}.AA"):
        with pytest.raises(MalformedJWT):
            parse_unverified(compact)


def test_a_header_without_algorithm_or_signature_is_refused() -> None:
    for compact in (signed({}), f"{encode({'alg': 'ES256'})}.{encode(CLAIMS)}."):
        with pytest.raises(MalformedJWT):
            parse_unverified(compact)


def test_a_public_key_is_not_taken_for_a_symmetric_one() -> None:
    # The classic: HS256 with the verifier's own public PEM as the secret.
    pem = ECKey.import_key(dict(KEY.public.members)).as_pem(private=False)
    message = f"{encode({'alg': 'HS256'})}.{encode(CLAIMS)}"
    tag = hmac.new(pem, message.encode(), hashlib.sha256).digest()
    with pytest.raises(MalformedJWT):
        parse_unverified(f"{message}.{encode_base64url(tag)}")


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_only_allowed_algorithms_are_verified(algorithm: str) -> None:
    key = KEYS[algorithm]
    unverified = parse_unverified(sign_jwt(CLAIMS, typ="JWT", key=key))
    assert verify(unverified, key.public, frozenset({algorithm})) == CLAIMS
    for allowed in (frozenset[str](), ALGORITHMS - {algorithm}):
        with pytest.raises(InvalidSignature, match="not allowed"):
            verify(unverified, key.public, allowed)


@pytest.mark.parametrize("stated", sorted(ALGORITHMS))
@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "Ed25519"])
def test_a_key_is_not_used_with_another_keys_algorithm(algorithm: str, stated: str) -> None:
    key = KEYS[algorithm]
    if stated in key.public.algorithms:
        return
    with pytest.raises(InvalidSignature, match="not this key's"):
        verify(parse_unverified(signed({"alg": stated}, key=key)), key.public, ALGORITHMS)


def test_a_key_that_declares_its_algorithm_is_held_to_it() -> None:
    key = SigningKey.from_pem(KEYS["RS256"].to_pem(), "PS256")
    unverified = parse_unverified(sign_jwt(CLAIMS, typ="JWT", key=key))
    declared = PublicKey.from_jwk({**key.public.members, "alg": "RS256"})
    with pytest.raises(InvalidSignature):
        verify(unverified, declared, ALGORITHMS)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ES256", "crit": ["exp"], "exp": 1},
        {"alg": "ES256", "crit": []},
        {"alg": "ES256", "b64": False},
        {"alg": "ES256", "b64": True, "crit": ["b64"]},
        {"alg": "ES256", "enc": "A128GCM"},
        {"alg": "ES256", "zip": "DEF"},
        {"alg": "ES256", "kid": 1},
        {"alg": "ES256", "kid": ""},
        {"alg": "ES256", "kid": None},
        {"alg": "ES256", "kid": "k" * 257},
        {"alg": "ES256", "typ": ["JWT"]},
        {"alg": "ES256", "typ": "t" * 129},
        {"alg": "ES256", "jwk": "key"},
        {"alg": "ES256", "jwk": []},
        {"alg": "ES256", "n": 2**53},
        {"alg": "ES256", "Alg": "none"},
        {"alg": "ES256", "pad": "x" * MAX_HEADER_BYTES},
        ["ES256"],
        "ES256",
        None,
    ],
)
def test_a_header_that_says_anything_strange_is_refused(header: Any) -> None:
    with pytest.raises(MalformedJWT):
        parse_unverified(signed(header))


def test_keys_and_addresses_in_a_header_are_never_followed() -> None:
    embedded = dict(OTHER.public.members)
    forged = signed(
        {
            "alg": "ES256",
            "jwk": embedded,
            "jku": "http://127.0.0.1:1/",
            "x5u": "http://127.0.0.1:1/",
        },
        key=OTHER,
    )
    unverified = parse_unverified(forged)
    assert unverified.header.jwk == embedded
    with pytest.raises(InvalidSignature):
        verify(unverified, KEY.public, ONLY_ES256)
    with pytest.raises(InvalidSignature):
        verify(unverified, KeySet((KEY.public,)), ONLY_ES256)


GOOD = sign_jwt(CLAIMS, typ="at+jwt", key=KEY)


PAYLOADS = [
    b"",
    b"\0",
    b"[]",
    b'"x"',
    b"null",
    b'{"sub":"a","sub":"b"}',
    b'{"sub":"a","SUB":"b"}',
    b'{"exp":NaN}',
    b'{"sub":"\\ud800"}',
    b'{"sub":"\xff"}',
    b"[" * 10_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
]
LOOSE = [
    "",
    ".",
    "..",
    "...",
    "a.b.c",
    GOOD + ".",
    "." + GOOD,
    GOOD + ".AA",
    GOOD + "=",
    GOOD + "\n",
    " " + GOOD,
    GOOD.replace(".", ". "),
    GOOD.rpartition(".")[0],
    GOOD + "\u00e9",
    "\ud800" + GOOD,
    GOOD.replace(".", "\uff0e"),
    json.dumps({"payload": GOOD.split(".")[1]}),
    "A" * (MAX_JWT_BYTES + 1),
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_that_is_no_strict_object_is_refused_though_it_was_signed(payload: bytes) -> None:
    with pytest.raises(MalformedJWT):
        parse_unverified(signed({"alg": "ES256"}, encode_base64url(payload)))


@pytest.mark.parametrize("compact", LOOSE, ids=map(str, range(len(LOOSE))))
def test_what_is_no_strict_compact_jwt_is_refused(compact: str) -> None:
    with pytest.raises(MalformedJWT):
        parse_unverified(compact)


def test_a_caller_may_set_a_lower_limit() -> None:
    with pytest.raises(MalformedJWT):
        parse_unverified(GOOD, len(GOOD) - 1)
    assert parse_unverified(GOOD, len(GOOD)).header.typ == "at+jwt"


@given(st.text("ey.JhbGciOiJFUzI1NiJ9=_-\n", max_size=80) | st.text(max_size=20))
def test_any_text_is_parsed_or_refused_and_nothing_else(compact: str) -> None:
    try:
        parse_unverified(compact)
    except MalformedJWT:
        return


@pytest.mark.parametrize("typ", ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt"])
def test_a_type_is_compared_as_a_media_type(typ: str) -> None:
    unverified = parse_unverified(signed({"alg": "ES256", "typ": typ}))
    assert require_typ(unverified, "dpop+jwt") is unverified


@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": "x/dpop+jwt"}])
def test_another_type_is_refused(header: dict[str, str]) -> None:
    with pytest.raises(MalformedJWT):
        require_typ(parse_unverified(signed({"alg": "ES256", **header})), "dpop+jwt")


def test_what_is_not_verified_says_only_whose_keys_to_try() -> None:
    unverified = parse_unverified(GOOD)
    assert unverified.unverified_issuer == "https://a.example"
    assert unverified.unverified_subject == "agt_x"
    nameless = parse_unverified(signed({"alg": "ES256"}, encode({"iss": 1, "sub": ["x"]})))
    assert nameless.unverified_issuer is None
    assert nameless.unverified_subject is None
    assert {name for name in dir(unverified) if not name.startswith("_")} == {
        "header", "signed_by", "unverified_issuer", "unverified_subject",
    }  # fmt: skip


def test_nothing_of_a_jwt_is_in_its_repr_or_its_refusal() -> None:
    unverified = parse_unverified(GOOD)
    with pytest.raises(InvalidSignature) as refusal:
        verify(unverified, OTHER.public, ONLY_ES256)
    for text in (repr(unverified), str(refusal.value)):
        assert not [part for part in GOOD.split(".") if part in text]
        assert "agt_x" not in text


def test_a_dpop_proof_carries_its_key() -> None:
    unverified = parse_unverified(sign_jwt({"jti": "x"}, typ="dpop+jwt", key=KEY, embed_jwk=True))
    assert unverified.header.jwk is not None
    assert unverified.header.kid is None
    embedded = PublicKey.from_jwk(unverified.header.jwk)
    assert embedded.jkt == KEY.kid
    assert verify(unverified, embedded, ONLY_ES256) == {"jti": "x"}


# Other people's code, both ways. PyJWT knows Ed25519 by its older name.
PYJWT = {"ES256", "ES384", "RS256", "PS256", "EdDSA"}
JOSERFC = {"ES256", "ES384", "RS256", "PS256", "Ed25519"}


@pytest.mark.parametrize("algorithm", sorted(PYJWT))
def test_pyjwt_verifies_what_we_sign_and_we_what_it_signs(algorithm: str) -> None:
    key = KEYS[algorithm]
    public = pyjwt.PyJWK({**key.public.members}, algorithm=algorithm)
    compact = sign_jwt(CLAIMS, typ="JWT", key=key)
    assert pyjwt.decode(compact, public, algorithms=[algorithm]) == CLAIMS
    theirs = pyjwt.encode(dict(CLAIMS), key.to_pem().open(), algorithm, headers={"kid": key.kid})
    keys = KeySet((key.public,))
    assert verify(parse_unverified(theirs), keys, frozenset({algorithm})) == CLAIMS


@pytest.mark.parametrize("algorithm", sorted(JOSERFC))
def test_joserfcs_own_serializer_agrees_with_ours_both_ways(algorithm: str) -> None:
    key = KEYS[algorithm]
    kinds = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
    private: Any = kinds[key.public.members["kty"]]
    private = private.import_key(key.to_pem().open())
    compact = sign_jwt(CLAIMS, typ="JWT", key=key)
    theirs = joserfc_jws.deserialize_compact(compact, private, algorithms=[algorithm])
    assert json.loads(theirs.payload) == CLAIMS
    back = joserfc_jws.serialize_compact(
        {"alg": algorithm, "kid": key.kid}, json.dumps(CLAIMS), private, algorithms=[algorithm]
    )
    assert verify(parse_unverified(back), KeySet((key.public,)), frozenset({algorithm})) == CLAIMS


def test_pyjwt_refuses_what_we_refuse() -> None:
    public = pyjwt.PyJWK({**KEY.public.members}, algorithm="ES256")
    with pytest.raises(pyjwt.InvalidSignatureError):
        pyjwt.decode(sign_jwt(CLAIMS, typ="JWT", key=OTHER), public, algorithms=["ES256"])


def test_a_signature_in_der_is_no_jws_signature() -> None:
    message = f"{encode({'alg': 'ES256'})}.{encode(CLAIMS)}"
    raw = KEY.sign(message.encode())
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    compact = f"{message}.{base64.urlsafe_b64encode(der).rstrip(b'=').decode()}"
    with pytest.raises(InvalidSignature):
        verify(parse_unverified(compact), KEY.public, ONLY_ES256)
