"""Attacks on the administration socket: other users of the machine, and any input at all."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from remit.web.admin.action import Action, Asked
from remit.web.admin.agents import AgentActions
from remit.web.admin.audit import AuditActions
from remit.web.admin.manifest import ManifestActions
from remit.web.admin.remits import RemitActions
from remit.web.admin.secrets import SecretActions
from remit.web.admin.status import StatusActions
from remit.web.admin.stops import StopActions
from remit.web.admin.tools import ToolActions
from tests.site import CREDENTIAL, Site

CONNECT = """
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
body = b'{"kind": "everything", "reason": "mine now"}'
end.sendall(b"POST /v1/stops/stop HTTP/1.1\\r\\nhost: x\\r\\ncontent-type: application/json\\r\\n"
    b"content-length: %d\\r\\nconnection: close\\r\\n\\r\\n" % len(body) + body)
sys.stdout.buffer.write(end.recv(65536))
"""
JUNK = (
    None, 0, -1, 10**15, 1.5, True, "", "x", "\x00", "a\x00b", "\x1b[31m", "\u202e", "x" * 5000,
    [], {}, ["a"], {"a": 1}, "../../etc", "/proc/self/mem/x",
)  # fmt: skip
BODIES = (
    b"", b"null", b"[]", b'{"a":1,"a":2}', b'{"a":1,"A":2}', b"{" * 200, b"\xff", b'{"name":NaN}',
    b'{"name":"\\ud800"}', b"\xef\xbb\xbf{}", b'{"count":1e400}',
    b'{"version":' + b"9" * 400 + b"}",
)  # fmt: skip
MANIFESTS = (
    "a: [", "&a [*a]", "\x00", "kind: Nope", "- 1", "{" * 50, "!!python/object:os.system x", "a: 1",
    "? [a]\n: b", "a: .nan", "a: 1e999", "%YAML 9.9\n---\na: 1", "a: !!binary abc", "<<: {a: b}",
    "apiVersion: remit/v1\nkind: Secret\nmetadata: {name: \"a\\u202eb\"}\nspec: {from: {file: x}}",
)  # fmt: skip


def on_a_site(home: Path, tale: Callable[[Site], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with Site(home) as site:
            await tale(site)

    asyncio.run(whole())


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A state directory that any user of the machine may walk through."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory) / "home"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_another_user_administers_nothing_even_with_the_socket_open(open_home: Path) -> None:
    async def tale(site: Site) -> None:
        # Both fences of the file system are down: only the kernel's word for the uid is left.
        site.home.chmod(0o755)
        socket_path = site.home / "admin.sock"
        socket_path.chmod(0o666)
        found = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", CONNECT, str(socket_path)],
            capture_output=True,
            check=False,
        )
        assert found.stdout.startswith(b"HTTP/1.1 403"), found
        assert (await site.administer("/v1/stops/list")).json == []
        await site.stop()
        await site.start()
        tail = await site.administer("/v1/audit/tail", type="refusals.aggregated")
        assert tail.json[0]["refusals"]["admin access_denied"] == 1

    on_a_site(open_home, tale)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_another_user_does_not_reach_the_socket_as_it_is_made(open_home: Path) -> None:
    async def tale(site: Site) -> None:
        site.home.chmod(0o755)
        found = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", CONNECT, str(site.home / "admin.sock")],
            capture_output=True,
            check=False,
        )
        assert b"PermissionError" in found.stderr

    on_a_site(open_home, tale)


def actions(site: Site) -> list[Action]:
    """Every verb there is."""
    parts = site.parts
    control = parts.control
    book, pins = control.book, parts.proxy.pins
    groups = (
        AgentActions(control.directory, control.agents),
        RemitActions(control.directory, book, control.remits),
        SecretActions(control.directory, control.secrets),
        StopActions(control.directory, book, control.stops),
        ToolActions(control.directory, control.tool_servers, pins, control.secrets),
        StatusActions(dict, site.administer),
        AuditActions(lambda *_: (), parts.journal.load_documents, parts.journal.head),
        ManifestActions(lambda *_: parts),
    )
    return [action for group in groups for action in group.actions()]


def junk_for(takes: type[Asked]) -> Iterator[dict[str, object]]:
    fields = [field.name for field in msgspec.structs.fields(takes)]
    for name in fields or ["unknown"]:
        for value in JUNK:
            others = dict.fromkeys(fields, "no body") if "name" in fields else {}
            yield {**others, name: value}


def test_no_input_is_ever_a_fault_of_ours_or_changes_anything(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        before = site.parts.policies.engine.bundle, await listed(site)
        for action in actions(site):
            for asked in junk_for(action.takes):
                if asked.get("path") not in (None, "x") or "path" not in asked:
                    answer = await site.administer(action.path, **asked)
                    assert answer.status < 500, (action.path, asked, answer.body)
            for body in BODIES:
                assert (await post(site, action.path, body)).split(b" ", 2)[1] in (b"400", b"413")
        for text in MANIFESTS:
            answer = await site.administer(
                "/v1/manifest/apply", sources=[{"name": "m", "text": text}]
            )
            assert answer.status == 400, (text, answer.body)
        assert (site.parts.policies.engine.bundle, await listed(site)) == before

    on_a_site(tmp_path / "home", tale)


async def listed(site: Site) -> list[object]:
    paths = ("/v1/agents/list", "/v1/remits/list", "/v1/tools/list", "/v1/stops/list")
    return [(await site.administer(path)).json for path in paths]


async def post(site: Site, path: str, body: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(site.home / "admin.sock"))
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    writer.write(head.encode() + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body))
    writer.write(body)
    answer = await reader.read()
    writer.close()
    return answer


def test_what_an_administrator_is_refused_is_in_the_log_by_name(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        asked = [
            site.administer("/v1/agents/suspend", name="nobody", reason="odd"),
            site.administer("/v1/agents/suspend", name="ada"),
            site.administer("/v1/secrets/set", name="notes-key", value=CREDENTIAL + "\n"),
        ]
        for each in asked:
            assert (await each).status in (400, 404)
        tail = await site.administer("/v1/audit/tail", type="administration.refused")
        assert sorted(record["error"] for record in tail.json) == [
            "invalid_request", "invalid_request", "not_found",
        ]  # fmt: skip
        assert all(record["by"].startswith("hum_") for record in tail.json)
        assert CREDENTIAL.encode() not in tail.body

    on_a_site(tmp_path / "home", tale)


def test_an_administrator_who_is_refused_without_end_does_not_fill_the_log(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        for _ in range(150):
            await site.administer("/v1/agents/show", name="nobody")
        tail = await site.administer("/v1/audit/tail", count=500, type="administration.refused")
        assert 100 <= len(tail.json) < 140

    on_a_site(tmp_path / "home", tale)


def test_a_secret_has_a_plain_name(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        for name in ("", "a b", "\x1b[2J", "\u202enotes", "n\u043etes", "A", "x" * 300):
            answer = await site.administer("/v1/secrets/set", name=name, value=CREDENTIAL)
            assert answer.status == 400, answer.body

    on_a_site(tmp_path / "home", tale)
