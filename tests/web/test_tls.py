"""Real certificates, real handshakes."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from remit.telemetry.logs import Log
from remit.web.asgi import RouteApp
from remit.web.http import Request, Response, Route, RouteTable
from remit.web.listener import Listener
from remit.web.protocol import Bounds
from remit.web.tls import ReloadingTLS, TLSError

BOUNDS = Bounds(header_bytes=4096, header_count=40, request_seconds=2, connections=8)


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate and its key where a server looks for them."""

    certificate: Path
    key: Path

    def put(self, pair: tuple[bytes, bytes]) -> None:
        """Replace both, as a careful operator does: by renaming."""
        for path, content in zip((self.certificate, self.key), pair, strict=True):
            replace(path, content)


def replace(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "certificate.pem", tmp_path / "key.pem")


def make_pair(serial: int) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def serve(tls: ReloadingTLS, story: Callable[[int], object]) -> None:
    async def answer(request: Request) -> Response:
        return Response(200, (), b"here")

    async def run() -> None:
        app = RouteApp(RouteTable((Route("GET", "/", answer),)), Log())
        listener = Listener(("127.0.0.1", 0), app, BOUNDS, tls.context)
        await listener.start()
        try:
            await asyncio.to_thread(story, listener.port)
        finally:
            await listener.close(within_seconds=1)

    asyncio.run(run())


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(port: int, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
    end = socket.create_connection(("127.0.0.1", port), timeout=5)
    try:
        return (context or client_context()).wrap_socket(end, server_hostname="localhost")
    except BaseException:
        end.close()
        raise


def serial_at(port: int) -> int:
    with connect(port) as connection:
        return serial_of(connection)


def serial_of(connection: ssl.SSLSocket) -> int:
    certificate = connection.getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate).serial_number


def ask(connection: ssl.SSLSocket) -> bytes:
    connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    received = b""
    while not received.endswith(b"here"):
        piece = connection.recv(4096)
        assert piece, received
        received += piece
    return received


def test_a_new_handshake_sees_the_replaced_certificate_and_old_connections_live_on(
    files: Files,
) -> None:
    files.put(make_pair(1))
    said: list[str] = []
    tls = ReloadingTLS(files.certificate, files.key, said.append)

    def story(port: int) -> None:
        with connect(port) as before:
            assert serial_of(before) == 1
            files.put(make_pair(2))
            tls.reload_if_changed()
            assert serial_at(port) == 2
            assert ask(before).startswith(b"HTTP/1.1 200")

    serve(tls, story)
    assert said == [""]


@pytest.mark.parametrize("spoil", ["another key", "no certificate", "half a file", "gone"])
def test_a_bad_pair_keeps_the_old_one(files: Files, spoil: str) -> None:
    files.put(make_pair(1))
    said: list[str] = []
    tls = ReloadingTLS(files.certificate, files.key, said.append)

    def story(port: int) -> None:
        match spoil:
            case "another key":
                replace(files.key, make_pair(2)[1])
            case "no certificate":
                replace(files.certificate, b"not a certificate")
            case "half a file":
                replace(files.certificate, make_pair(2)[0][:200])
            case _:
                files.certificate.unlink()
        tls.reload_if_changed()
        assert serial_at(port) == 1
        with connect(port) as connection:
            assert ask(connection).startswith(b"HTTP/1.1 200")
        files.put(make_pair(3))
        tls.reload_if_changed()
        assert serial_at(port) == 3

    serve(tls, story)
    assert len(said) == 2
    assert str(files.certificate) in said[0]
    assert said[1] == ""


def test_a_certificate_that_comes_before_its_key_is_waited_for(files: Files) -> None:
    files.put(make_pair(1))
    said: list[str] = []
    tls = ReloadingTLS(files.certificate, files.key, said.append)
    new = make_pair(2)

    def story(port: int) -> None:
        replace(files.certificate, new[0])
        tls.reload_if_changed()
        assert serial_at(port) == 1
        replace(files.key, new[1])
        tls.reload_if_changed()
        assert serial_at(port) == 2

    serve(tls, story)
    assert [bool(each) for each in said] == [True, False]


def test_what_did_not_change_is_not_loaded_again(files: Files) -> None:
    files.put(make_pair(1))
    said: list[str] = []
    tls = ReloadingTLS(files.certificate, files.key, said.append)
    tls.reload_if_changed()
    files.certificate.unlink()
    tls.reload_if_changed()
    tls.reload_if_changed()
    assert len(said) == 1


def test_the_files_are_watched(files: Files) -> None:
    files.put(make_pair(1))

    async def story() -> None:
        heard = asyncio.Event()
        tls = ReloadingTLS(files.certificate, files.key, lambda _: heard.set())
        watch = asyncio.create_task(tls.watch())
        await asyncio.sleep(0)
        files.put(make_pair(2))
        await asyncio.wait_for(heard.wait(), 10)
        watch.cancel()

    asyncio.run(story())


def test_nothing_starts_without_a_pair(files: Files) -> None:
    with pytest.raises(TLSError):
        ReloadingTLS(files.certificate, files.key, print)
    files.put((make_pair(1)[0], make_pair(2)[1]))
    with pytest.raises(TLSError) as refused:
        ReloadingTLS(files.certificate, files.key, print)
    assert str(files.certificate) not in refused.value.description
    assert "PRIVATE" not in refused.value.detail


def test_a_key_that_cannot_be_read_is_an_error_with_words(files: Files) -> None:
    files.put(make_pair(1))
    files.key.unlink()
    files.key.mkdir()
    with pytest.raises(TLSError):
        ReloadingTLS(files.certificate, files.key, print)


def test_an_encrypted_key_is_refused_and_no_terminal_is_asked(files: Files) -> None:
    certificate, plain = make_pair(1)
    key = serialization.load_pem_private_key(plain, password=None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"something"),
    )
    files.put((certificate, encrypted))
    with pytest.raises(TLSError):
        ReloadingTLS(files.certificate, files.key, print)


def test_old_versions_of_tls_are_not_spoken(files: Files) -> None:
    files.put(make_pair(1))
    tls = ReloadingTLS(files.certificate, files.key, print)
    assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_2

    def story(port: int) -> None:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context()
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2", "http/1.1"])
            with connect(port, context) as connection:
                assert connection.selected_alpn_protocol() == "http/1.1"

    serve(tls, story)


def test_a_copy_that_keeps_its_old_date_is_a_change(files: Files) -> None:
    files.put(make_pair(1))
    said: list[str] = []
    tls = ReloadingTLS(files.certificate, files.key, said.append)
    old = files.certificate.stat().st_mtime_ns, files.key.stat().st_mtime_ns
    for path, content, date in zip((files.certificate, files.key), make_pair(2), old, strict=True):
        path.write_bytes(content)
        os.utime(path, ns=(date, date))
    tls.reload_if_changed()
    assert said == [""]
