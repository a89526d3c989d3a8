import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from remit.outbound.destination import Destination, TLSOptions
from remit.outbound.door import Door
from remit.outbound.errors import UpstreamUnreachable
from remit.outbound.message import OutboundRequest
from remit.outbound.tls import TLSContexts
from tests.outbound.raw_upstream import LOCAL, QUICK, answering, ok, upstream


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for tools.example and 127.0.0.1: (its file, a server context)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tools.example")])
    now = datetime.now(UTC)
    names = [x509.DNSName("tools.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "ca.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_path = tmp_path / "key.pem"
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return str(path), context


def send(certificate, host, ca_file):
    async def resolve(name, port):
        return (ipaddress.ip_address("127.0.0.1"),)

    async def story():
        door = Door(resolve=resolve)
        try:
            async with upstream(answering(ok()), certificate[1]) as server:
                port = server.destination.port
                named = Destination("https", host, port, TLSOptions(ca_file), LOCAL)
                request = OutboundRequest(b"GET", b"/")
                for _ in range(2):
                    response = await door.send(named, request, QUICK, partition="p")
                    assert await response.read(100) == b"hello"
                return len(server.peers)
        finally:
            await door.close()

    return asyncio.run(story())


@pytest.mark.parametrize("host", ["tools.example", "127.0.0.1"])
def test_a_certificate_is_checked_for_the_name_and_not_for_the_pinned_address(certificate, host):
    assert send(certificate, host, certificate[0]) == 1


def test_a_certificate_for_another_name_is_refused(certificate):
    with pytest.raises(UpstreamUnreachable, match="certificate refused") as failed:
        send(certificate, "other.example", certificate[0])
    assert not failed.value.may_have_effect


def test_a_certificate_of_an_unknown_authority_is_refused(certificate):
    with pytest.raises(UpstreamUnreachable, match="certificate refused"):
        send(certificate, "tools.example", None)


def test_a_context_is_built_once_and_again_when_its_file_changes(certificate, tmp_path):
    contexts = TLSContexts()
    options = TLSOptions(certificate[0])
    first = contexts.load(options)
    assert contexts.load(options) is first
    path = tmp_path / "ca.pem"
    path.write_bytes(path.read_bytes() + b"\n")
    assert contexts.load(options) is not first


def test_a_ca_file_that_is_missing_or_no_certificate_reaches_nobody(tmp_path):
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")
    for path in (broken, tmp_path / "missing.pem"):
        with pytest.raises(UpstreamUnreachable):
            TLSContexts().load(TLSOptions(str(path)))


def test_session_keys_are_not_written_to_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert TLSContexts().load(TLSOptions()).keylog_filename is None
