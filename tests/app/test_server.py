"""A whole server in this process: readiness, metrics, TLS, and how it ends when a part fails."""

import asyncio
import socket
import sqlite3
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from remit.app.initialise import FirstSettings, initialise
from remit.app.server import Server
from remit.audit.verify import LogRolledBack
from remit.client.exchange import Exchanges
from remit.client.exchange import Site as RemoteSite
from remit.client.proofs import ProofMaker
from remit.jose.keys import SigningKey
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.errors import RemitError, Unavailable
from remit.outbound.door import Door
from remit.outbound.errors import UpstreamFailure
from remit.storage.sqlite.database import DatabaseInUse
from remit.telemetry.logs import Log
from remit.telemetry.names import Metric
from remit.web.listener import CannotListen
from tests.site import Answer, Site, free_port, parse_answer

Tale = Callable[[Site], Awaitable[None]]


def run(home: Path, tale: Tale) -> None:
    async def whole() -> None:
        async with Site(home) as site:
            await tale(site)

    asyncio.run(whole())


async def operations(site: Site, path: str) -> Answer:
    """What the listener for operators answers."""
    port = site.parts.settings.server.operations.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return parse_answer(received)


async def samples(site: Site) -> dict[str, float]:
    """Every sample of /metrics, by its name and labels."""
    text = (await operations(site, "/metrics")).body.decode()
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def fail_the_disk(site: Site) -> None:
    """What the journal needs for its next record is gone."""
    with sqlite3.connect(site.home / "remit.db") as database:
        database.execute("ALTER TABLE audit_record RENAME TO gone")
    database.close()


def test_a_server_whose_log_has_failed_is_alive_and_not_ready(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        assert (await operations(site, "/readyz")).status == 200
        proofs = site.proofs()
        held = await site.obtain_token(proofs)
        fail_the_disk(site)
        for _ in range(2):
            refused = await site.ask_token(site.proofs().make("POST", site.url + "/token", None))
            assert refused.status == 503
            assert "access_token" not in refused.json
        readiness = await operations(site, "/readyz")
        assert (readiness.status, readiness.json["status"]) == (503, "not ready")
        assert readiness.json["problems"] == ["the audit log is failed"]
        # Audit before effect: without a record, nothing reaches the upstream.
        answer = await site.call(proofs, held, "write_note", {"text": "t", "size": 1})
        assert answer.status == 503 or b'"isError":true' in answer.body or b'"error"' in answer.body
        assert site.mcp.called == []
        assert (await operations(site, "/healthz")).status == 200
        status = await site.administer("/v1/status")
        assert (status.status, status.json["ready"]) == (200, False)

    run(tmp_path / "home", tale)


def test_metrics_tell_of_a_call_a_refusal_and_a_stop(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        await site.ask_token(None)
        await site.call(proofs, token, "read_note", {"id": 1})
        await site.call(proofs, token, "write_note", {"text": "t", "size": 11})
        await site.administer("/v1/stops/stop", kind="agent", name="ada", reason="test")
        found = await samples(site)
        assert found['remit_token_requests_total{grant="jwt-bearer",outcome="succeeded"}'] == 1
        assert found['remit_calls_total{outcome="succeeded",tool_server="notes"}'] == 1
        assert found['remit_call_duration_seconds_count{tool_server="notes"}'] == 1
        assert found['remit_decisions_total{effect="allow"}'] == 1
        assert found['remit_decisions_total{effect="deny"}'] == 1
        assert found['remit_denials_total{reason="constraint"}'] == 1
        assert found['remit_stops_total{kind="agent"}'] == 1
        assert found["remit_calls_in_flight"] == 0
        assert found["remit_audit_log_records"] > 1
        assert found["remit_audit_commit_duration_seconds_count"] >= 1
        exposed = (await operations(site, "/metrics")).body.decode()
        assert [metric for metric in Metric if f"# TYPE {metric}" not in exposed] == []
        # Nobody outside chooses what the server has to remember.
        assert "ada" not in exposed

    run(tmp_path / "home", tale)


def test_one_directory_has_one_server(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        with pytest.raises(DatabaseInUse):
            await Server(site.home, SystemClock(), SystemEntropy(), Log()).start()
        # The first one did not notice: its socket is still there.
        assert (await site.administer("/v1/status")).status == 200

    run(tmp_path / "home", tale)


def test_a_start_that_fails_leaves_nothing_listening(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        settings = site.parts.settings.server
        await site.stop()
        with socket.create_server(("127.0.0.1", site.port)):
            server = Server(site.home, SystemClock(), SystemEntropy(), Log())
            with pytest.raises(CannotListen):
                await server.start()
        assert not (site.home / "admin.sock").exists()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", settings.operations.port)
        # Nor is the directory locked: the next start has it.
        await site.start()
        assert (await operations(site, "/readyz")).status == 200

    run(tmp_path / "home", tale)


def test_a_server_that_was_not_started_says_so(tmp_path: Path) -> None:
    server = Server(tmp_path, SystemClock(), SystemEntropy(), Log())
    with pytest.raises(Unavailable):
        server.describe()


def test_work_that_fails_beside_the_stories_ends_the_server(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        async def fail() -> None:
            raise LogRolledBack("log", "rewritten")

        assert site._server is not None
        site._server._begin(fail())
        with pytest.raises(LogRolledBack):
            await asyncio.wait_for(site._server.wait_failed(), 5)

    run(tmp_path / "home", tale)


def write_certificate(home: Path, serial: int) -> None:
    """A certificate for localhost that signs itself, and its key, where the settings say."""
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
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, content in (("key.pem", private), ("tls.pem", certificate.public_bytes(encoding))):
        (home / f"{file}.new").write_bytes(content)
        (home / f"{file}.new").replace(home / file)


def serial_served(port: int) -> int:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 5) as end,
        context.wrap_socket(end, server_hostname="localhost") as secured,
    ):
        presented = secured.getpeercert(binary_form=True)
        assert presented is not None
        return x509.load_der_x509_certificate(presented).serial_number


async def start_with_tls(home: Path) -> tuple[Server, int]:
    port = free_port()
    first = FirstSettings(f"https://localhost:{port}", "127.0.0.1", port, free_port(), 0, "alice")
    settings = await initialise(home, first, SystemClock(), SystemEntropy())
    pair = '[server]\ntls_certificate = "tls.pem"\ntls_key = "key.pem"'
    settings.write_text(settings.read_text("utf-8").replace("[server]", pair), "utf-8")
    write_certificate(home, 1)
    server = Server(home, SystemClock(), SystemEntropy(), Log())
    await server.start()
    return server, port


def test_over_tls_the_agents_side_trusts_the_certificate_it_was_given(tmp_path: Path) -> None:
    async def story() -> None:
        server, port = await start_with_tls(tmp_path / "home")
        door, url = Door(), f"https://localhost:{port}"
        proofs = ProofMaker(SigningKey.generate(), SystemClock(), SystemEntropy())
        try:
            site = RemoteSite(url, str(tmp_path / "home" / "tls.pem"))
            with pytest.raises(RemitError, match="unsupported_grant_type"):
                await Exchanges(site, door, proofs).post_form(url + "/token", {"grant_type": "x"})
            # Without it, a certificate that nobody vouches for is refused before anything is sent.
            with pytest.raises(UpstreamFailure):
                await Exchanges(RemoteSite(url), door, proofs).post_form(url + "/token", {})
            with pytest.raises(ConnectionError):
                await speak_plainly(port)
        finally:
            await door.close()
            await server.close()

    asyncio.run(story())


async def speak_plainly(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /jwks HTTP/1.1\r\nhost: x\r\n\r\n")
        if b"HTTP/" not in await reader.read():
            raise ConnectionError("not answered in plain text")
    finally:
        writer.close()


def test_a_certificate_that_is_replaced_is_served_without_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        server, port = await start_with_tls(tmp_path / "home")
        try:
            assert await asyncio.to_thread(serial_served, port) == 1
            write_certificate(tmp_path / "home", 2)
            # Its files are looked at every second.
            await asyncio.sleep(1.5)
            assert await asyncio.to_thread(serial_served, port) == 2
            # Half a pair, or none, leaves the old one in use.
            (tmp_path / "home" / "key.pem").write_text("no key", "utf-8")
            await asyncio.sleep(1.5)
            assert await asyncio.to_thread(serial_served, port) == 2
        finally:
            await server.close()

    asyncio.run(story())
