"""A live server as a child process, and the commands run on it as an operator runs them."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from click.testing import CliRunner, Result

from remit.cli.entry import main
from remit.jose.keys import SigningKey
from remit.kernel.canonical import canonicalize
from tests.site import free_port

SERVE = (sys.executable, "-c", "from remit.cli.entry import main; main()", "serve", "-d")
PATIENCE_SECONDS = 30.0

# An HTTP tool server is pinned by what the manifest says: nothing needs to listen there.
GROUND = """
apiVersion: remit/v1
kind: Human
metadata: {{name: bob}}
spec: {{email: bob@example.com}}
---
apiVersion: remit/v1
kind: TrustIssuer
metadata: {{name: platform}}
spec: {{issuer: "https://platform.example", jwks: '{jwks}', algorithms: [ES256]}}
---
apiVersion: remit/v1
kind: Secret
metadata: {{name: notes-key}}
spec: {{from: {{environment: NOTES_KEY}}}}
---
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: notes}}
spec:
  protocol: http
  upstream: {{url: "http://127.0.0.1:9", allowPrivate: true}}
  credential: {{secret: notes-key, prefix: "Bearer "}}
  tools: [{{name: read_note, risk: read, request: {{method: GET, path: /notes}}}}]
"""

WORKER = """
apiVersion: remit/v1
kind: Agent
metadata: {{name: {agent}}}
spec:
  owner: alice
  system: tests
  purposes: [notes]
  environment: test
  identities: [{{name: {agent}-id, issuer: platform, claims: {{sub: "{agent}"}}}}]
---
apiVersion: remit/v1
kind: Remit
metadata: {{name: {remit}}}
spec:
  agent: {agent}
  purpose: notes
  expiresAt: 2126-01-01T00:00:00Z
  authority: [{{server: notes, tools: [{{name: read_note}}]}}]
"""

SERVER = """
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: {server}}}
spec:
  protocol: http
  upstream: {{url: "http://127.0.0.1:9", allowPrivate: true}}
  tools: [{{name: read_note, risk: read, request: {{method: GET, path: /notes}}}}]
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent and its remit, by name: one test's own."""

    agent: str
    remit: str


@dataclass(slots=True)
class Live:
    """A server that runs on a state directory."""

    home: Path
    port: int = 0
    operations_port: int = 0
    drawn: int = 0

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """One command, on this server."""
        return run(*arguments, "-d", str(self.home), stdin=stdin)

    def read(self, *arguments: str, stdin: str | None = None) -> Any:
        """What a command that must succeed says in JSON."""
        done = self.run(*arguments, "-o", "json", stdin=stdin)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def apply(self, text: str, *options: str) -> Any:
        """Apply documents, given on standard input."""
        return self.read("apply", "-f", "-", *options, stdin=text)

    def name(self, stem: str) -> str:
        """A name that no other test uses."""
        self.drawn += 1
        return f"{stem}-{self.drawn}"

    def hire(self) -> Worker:
        """A new active agent with a remit."""
        worker = Worker(self.name("agent"), self.name("work"))
        self.apply(WORKER.format(agent=worker.agent, remit=worker.remit))
        return worker


def run(*arguments: str, stdin: str | None = None) -> Result:
    """One command, as `remit` itself is run."""
    environment = {"NOTES_KEY": "notes-key-0123456789"}
    return CliRunner().invoke(main, arguments, input=stdin, env=environment, prog_name="remit")


@contextmanager
def live_server(home: Path) -> Iterator[Live]:
    """`remit init` and `remit serve`, until the end of the block."""
    live = Live(home, free_port(), free_port())
    made = live.run(
        "init", "--human", "alice", "--port", str(live.port),
        "--operations-port", str(live.operations_port),
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    with serving(live):
        live.apply(GROUND.format(jwks=jwks()))
        yield live


@contextmanager
def serving(live: Live) -> Iterator[subprocess.Popen[bytes]]:
    """`remit serve` on a state directory that is there, ended as an operator ends it."""
    with (live.home / "stderr").open("ab") as errors:
        child = subprocess.Popen((*SERVE, str(live.home)), stdin=subprocess.DEVNULL, stderr=errors)
    try:
        wait_until_ready(live, child)
        yield child
    finally:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGTERM)
        child.wait(PATIENCE_SECONDS)


def wait_until_ready(live: Live, child: subprocess.Popen[bytes]) -> None:
    give_up_at = monotonic() + PATIENCE_SECONDS
    while not is_ready(f"http://127.0.0.1:{live.operations_port}/readyz"):
        assert child.poll() is None, (live.home / "stderr").read_text("utf-8")
        assert monotonic() < give_up_at, "not ready"
        sleep(0.02)


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.URLError as problem:
        if isinstance(problem, urllib.error.HTTPError):
            problem.close()
        return False


def jwks() -> str:
    """The platform's keys, inline."""
    return canonicalize({"keys": [dict(SigningKey.generate().public.to_jwk())]}).decode()
