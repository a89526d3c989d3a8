"""A credential goes into one header, and replaces nothing."""

import pytest

from remit.kernel.errors import Unavailable
from remit.kernel.secret import Secret
from remit.proxy.errors import CredentialEchoed
from remit.proxy.injection import inject, scanner_of
from remit.vault.credential import Credential
from tests.proxy.world import SECRET, credential


def test_the_credential_stands_in_its_header() -> None:
    headers = inject(((b"accept", b"a/b"),), credential())
    assert headers == ((b"accept", b"a/b"), (b"authorization", b"Bearer " + SECRET))


def test_an_upstream_without_one_gets_none() -> None:
    none = Credential(None, None, None, None, Secret(()))
    assert inject(((b"a", b"b"),), none) == ((b"a", b"b"),)
    scanner_of(none).check(SECRET)


@pytest.mark.parametrize("name", ["Content-Type", "traceparent", "Host", "Mcp-Method"])
def test_it_never_replaces_what_frames_the_message(name: str) -> None:
    bad = Credential(name, Secret(b"x" * 8), None, None, Secret(()))
    with pytest.raises(Unavailable):
        inject(((b"mcp-method", b"tools/call"),), bad)


def test_replies_are_searched_for_this_credential() -> None:
    with pytest.raises(CredentialEchoed):
        scanner_of(credential()).check(b"..." + SECRET)
    scanner_of(credential(b"another-secret")).check(SECRET)
