"""The demonstration's site, once for all tests here, with a tool server for everything."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.cli.demonstration.children import Children
from remit.cli.demonstration.site import DemoSite, Places, choose_ports, start_site
from tests.endtoend import everything, ways
from tests.endtoend.ways import Told
from tests.site import free_port
from tests.structure.source import ROOT

REMIT = "everything"


@pytest.fixture(scope="session")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    with Children(tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="session")
def site(children: Children, tmp_path_factory: pytest.TempPathFactory) -> DemoSite:
    return start_site(Places(ROOT, tmp_path_factory.mktemp("site"), choose_ports()), children)


@pytest.fixture(scope="session")
def everything_url(site: DemoSite, children: Children) -> str:
    """The tool server for everything, known to Remit as `everything`."""
    port = free_port()
    program = Path(everything.__file__)
    children.start("everything", (sys.executable, str(program), "--port", str(port)), {})
    children.wait_until_ready(f"http://127.0.0.1:{port}")
    url = f"http://127.0.0.1:{port}/mcp"
    manifest = site.places.work / "everything.yaml"
    manifest.write_text(documents(url), "utf-8")
    site.read("apply", "-f", str(manifest))
    return url


def documents(url: str) -> str:
    names = [tool.name for tool in asyncio.run(everything.server.list_tools())]
    tools = ", ".join(f'{{name: "{name}", risk: write}}' for name in names)
    granted = ", ".join(f'{{name: "{name}"}}' for name in names)
    return f"""
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: everything}}
spec:
  protocol: mcp
  upstream: {{url: "{url}", allowPrivate: true}}
  credential: {{secret: desk-key, prefix: "Bearer "}}
  tools: [{tools}]
---
apiVersion: remit/v1
kind: Remit
metadata: {{name: {REMIT}}}
spec:
  agent: ada
  purpose: support
  expiresAt: 2126-01-01T00:00:00Z
  authority: [{{server: everything, tools: [{granted}]}}]
"""


@pytest.fixture(scope="session")
def direct(everything_url: str) -> Told:
    return asyncio.run(ways.tell(ways.directly(everything_url), everything.CASES))


@pytest.fixture(scope="session")
def proxied(site: DemoSite, everything_url: str) -> Told:
    opened = ways.through_proxy(site, "everything", REMIT)
    return asyncio.run(ways.tell(opened, everything.CASES))


@pytest.fixture(scope="session", params=["legacy", "auto"])
def connected(request: pytest.FixtureRequest, site: DemoSite, everything_url: str) -> Told:
    opened = ways.through_connect(site, REMIT, request.param)
    return asyncio.run(ways.tell(opened, everything.CASES))
