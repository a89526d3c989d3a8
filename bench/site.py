"""A whole installation for the bench, made by the real commands: init, serve, apply.

The server is a child process on its own core, and so is the upstream on the other one; both end
with the bench.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import machine
from bench.caller import ISSUER, SERVER_NAME, Caller, Platform
from bench.upstream import CREDENTIAL

HUMAN = "alice"
AGENT = "ada"
SUBJECT = "workload:ada"
PURPOSE = "notes"
# How many policies apply to a call of the write tool, and of the read tool, the shipped ones and
# the one for bearer tokens included. A decision looks only at those that apply.
POLICIES_FOR_WRITES = 50
POLICIES_FOR_READS = 3
_SHIPPED_FOR_CALLS = 2
_BEARER = 1
_STARTS_IN = 30.0
_REMIT = str(Path(sys.executable).with_name("remit"))


class Site:
    """One state directory, its upstream, and its server while it runs."""

    def __init__(self) -> None:
        self.platform = Platform()
        self.home = Path(tempfile.mkdtemp(prefix="remit-bench-")) / "state"
        self.port, operations = _free_port(), _free_port()
        self.public_url = f"http://127.0.0.1:{self.port}"
        self._server: subprocess.Popen[bytes] | None = None
        self._upstream, self.upstream_port = _start_upstream()
        init = ("init", "--human", HUMAN, "--port", str(self.port))
        self._run(*init, "--operations-port", str(operations))
        self._set_limits()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._upstream.stdin is not None:
            self._upstream.stdin.close()
        self._upstream.wait(10)
        shutil.rmtree(self.home.parent, ignore_errors=True)

    @property
    def pid(self) -> int:
        if self._server is None:
            raise RuntimeError("the server is not running")
        return self._server.pid

    def caller(self) -> Caller:
        return Caller(self.platform, SUBJECT, self.public_url)

    def start(self, command: tuple[str, ...] = (_REMIT, "serve")) -> float:
        """Start the server; seconds from its start until it takes connections."""
        log = (self.home.parent / "server.log").open("ab")
        with machine.on_core(machine.SERVER_CORE), log:
            began = time.perf_counter()
            self._server = subprocess.Popen([*command, "-d", str(self.home)], stderr=log)
        while not _takes_connections(self.port):
            if self._server.poll() is not None or time.perf_counter() - began > _STARTS_IN:
                raise RuntimeError(f"the server did not start:\n{self.log_tail()}")
            time.sleep(0.002)
        return time.perf_counter() - began

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            server.wait(30)

    def apply(self) -> None:
        """Bring the running server to the bench's documents."""
        secret = self.home.parent / "credential"
        secret.write_text(CREDENTIAL)
        documents = self.home.parent / "bench.yaml"
        documents.write_text(self._documents(secret))
        self._run("apply", "-f", str(documents))

    def log_tail(self) -> str:
        log = self.home.parent / "server.log"
        return log.read_text()[-2000:] if log.exists() else ""

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [_REMIT, *arguments, "-d", str(self.home)], capture_output=True, check=False, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"remit {arguments[0]}: {done.stdout}{done.stderr}{self.log_tail()}")

    def _set_limits(self) -> None:
        # One agent makes all the calls of the bench.
        with (self.home / "remit.toml").open("a") as settings:
            settings.write('\n[limits]\ncalls_per_agent = 256\n\n[log]\nlevel = "warning"\n')

    def _documents(self, secret: Path) -> str:
        documents: list[dict[str, object]] = [
            _document("TrustIssuer", "platform", _issuer(self.platform)),
            _document("Secret", "notes-key", {"from": {"file": str(secret)}}),
            _document("ToolServer", SERVER_NAME, _tool_server(self.upstream_port)),
            _document("Agent", AGENT, _agent()),
            _document("Policy", "bench", {"cedar": policies()}),
            _document("Remit", f"{AGENT}-notes", _remit()),
        ]
        # JSON is YAML, and quotes itself.
        return "\n---\n".join(json.dumps(document) for document in documents)


def policies() -> str:
    """Policies that apply to the calls of the bench, and none of which forbids one."""
    allow = (
        '@id("bench.mint.bearer") permit (principal is Remit::Agent, '
        'action == Remit::Action::"mint", resource) unless { context.f.bound };\n'
        '@id("bench.call.bearer") permit (principal is Remit::Agent, '
        'action in Remit::Action::"call", resource is Remit::Tool) unless { context.f.bound };\n'
    )
    conditions = (
        "context.f.depth > {n}",
        'context.input.title == "forbidden title {n}"',
        'principal.environment == "place-{n}" && resource.risk == "write"',
    )
    apply_already = _SHIPPED_FOR_CALLS + _BEARER
    written = []
    for n in range(POLICIES_FOR_WRITES - apply_already):
        group = "call" if n < POLICIES_FOR_READS - apply_already else "write"
        scope = f'principal is Remit::Agent, action in Remit::Action::"{group}", resource'
        condition = conditions[n % len(conditions)].format(n=n + 1)
        written.append(
            f'@id("bench.forbid-{n}") forbid ({scope} is Remit::Tool) when {{ {condition} }};'
        )
    return allow + "\n".join(written)


def _document(kind: str, name: str, spec: object) -> dict[str, object]:
    return {"apiVersion": "remit/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def _issuer(platform: Platform) -> dict[str, object]:
    return {"issuer": ISSUER, "jwks": platform.jwks, "algorithms": ["ES256"]}


def _tool_server(port: int) -> dict[str, object]:
    return {
        "protocol": "mcp",
        "upstream": {"url": f"http://127.0.0.1:{port}/mcp", "allowPrivate": True},
        "credential": {"secret": "notes-key", "header": "Authorization", "prefix": "Bearer "},
        "tools": [
            {"name": "read_note", "risk": "read"},
            {"name": "write_note", "risk": "write"},
        ],
    }


def _agent() -> dict[str, object]:
    return {
        "owner": HUMAN,
        "system": "bench",
        "purposes": [PURPOSE],
        "environment": "bench",
        "identities": [
            {"name": f"{AGENT}-bench", "issuer": "platform", "claims": {"sub": SUBJECT}}
        ],
    }


def _remit() -> dict[str, object]:
    return {
        "agent": AGENT,
        "purpose": PURPOSE,
        "expiresAt": "2099-01-01T00:00:00Z",
        "authority": [
            {"server": SERVER_NAME, "tools": [{"name": "read_note"}, {"name": "write_note"}]}
        ],
    }


def _start_upstream() -> tuple[subprocess.Popen[str], int]:
    with machine.on_core(machine.LOAD_CORE):
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.upstream"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    if process.stdout is None:
        raise RuntimeError("the upstream has no standard output")
    return process, int(process.stdout.readline())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
