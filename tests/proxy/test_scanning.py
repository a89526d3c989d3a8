"""The search for the injected credential, in every form in which it could come back."""

import base64
import json
from urllib.parse import quote

import pytest

from remit.proxy.errors import CredentialEchoed
from remit.proxy.scanning import Scanner
from remit.vault.needles import needles_of

SECRET = b's3cr3t/"of"+\\the=upstream'
NEEDLES = needles_of(SECRET)
SCANNER = Scanner(NEEDLES)


def holds(content: bytes) -> bool:
    try:
        SCANNER.check(content)
    except CredentialEchoed:
        return True
    return False


FORMS = [
    SECRET,
    base64.b64encode(SECRET),
    base64.b64encode(b"x" + SECRET + b"yz"),
    base64.urlsafe_b64encode(b"xy" + SECRET),
    quote(SECRET, safe="").encode(),
    quote(SECRET).encode(),
    quote(SECRET, safe="=+").encode(),
    quote(json.dumps(SECRET.decode())).encode(),
    "".join(f"%{byte:02x}" for byte in SECRET).encode(),
    SECRET.hex().encode(),
    json.dumps(SECRET.decode()).encode(),
    json.dumps(json.dumps(SECRET.decode())).encode(),
    "".join(f"\\u{byte:04X}" for byte in SECRET).encode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found_wherever_it_stands(form: bytes) -> None:
    assert holds(form)
    assert holds(b'{"a":"' + form + b'"}')


@pytest.mark.parametrize(
    "content", [b"", b"plain", b"s3cr3", b"\\", b"\\\\\\u12", b"\xff\xfe", b"100%", b"%zz%2"]
)
def test_innocent_content_passes(content: bytes) -> None:
    assert not holds(content)


def test_without_a_credential_everything_passes() -> None:
    Scanner(()).check(SECRET + b"\\u0000")


def test_a_scanner_shows_nothing_of_what_it_looks_for() -> None:
    assert "s3cr3t" not in repr(SCANNER)
