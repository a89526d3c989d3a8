"""RFC 7638, by its own example and RFC 8037's."""

import pytest
from joserfc.jwk import ECKey, OKPKey

from remit.jose.errors import InvalidKey
from remit.jose.thumbprint import thumbprint
from remit.kernel.canonical import Json

# RFC 7638 section 3.1.
RSA: dict[str, Json] = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWK"
        "RXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
        "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
        "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


def test_the_example_of_rfc_7638() -> None:
    assert thumbprint(RSA) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_example_of_rfc_8037_appendix_a_3() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_names_and_private_members_do_not_count() -> None:
    key = ECKey.generate_key("P-256")
    public = key.as_dict(private=False)
    assert thumbprint(key.as_dict(private=True)) == thumbprint(public)
    assert thumbprint({**public, "kid": "x", "use": "sig"}) == thumbprint(public)


@pytest.mark.parametrize("key", [ECKey.generate_key("P-384"), OKPKey.generate_key("Ed25519")])
def test_joserfc_computes_the_same(key: ECKey | OKPKey) -> None:
    assert thumbprint(key.as_dict(private=False)) == key.thumbprint()


@pytest.mark.parametrize(
    "jwk",
    [{}, {"kty": "oct", "k": "AAAA"}, {"kty": ["EC"]}, {"kty": "EC", "crv": "P-256", "x": "AA"},
     {**RSA, "n": 17}],
)  # fmt: skip
def test_what_is_no_asymmetric_key_has_no_thumbprint(jwk: dict[str, Json]) -> None:
    with pytest.raises(InvalidKey):
        thumbprint(jwk)
