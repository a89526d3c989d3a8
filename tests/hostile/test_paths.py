"""Path and query confusion of HTTP tools, over real sockets from the caller to the upstream."""

import asyncio
import contextlib
from pathlib import Path

from remit.client.proofs import ProofMaker
from remit.kernel.secret import Secret
from remit.testing.mcp_upstream import FakeMCP
from remit.testing.upstream import FakeAnswer, ReceivedRequest
from tests.site import TOOLS, Site

DESK = """
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: desk}}
spec:
  protocol: http
  upstream: {{url: "{upstream}/base", allowPrivate: true}}
  tools:
    - name: read_item
      risk: read
      request:
        method: GET
        path: /v1/items/{{id}}
        parameters:
          - {{name: id, in: path, schema: {{type: string}}}}
          - {{name: q, in: query, required: false, schema: {{type: string}}}}
    - {{name: wipe, risk: admin, request: {{method: GET, path: /v1/items/wipe}}}}
---
apiVersion: remit/v1
kind: Remit
metadata: {{name: read-items}}
spec:
  agent: ada
  purpose: notes
  expiresAt: 2126-01-01T00:00:00Z
  authority: [{{server: desk, tools: [{{name: read_item}}]}}]
"""

REFUSED = (
    b"/v1/items/wipe", b"/v1/items/Wipe", b"/v1/items/%77ipe", b"/v1/items/%57ipe",
    b"/v1/items/./wipe", b"/v1/items/x/../wipe", b"/v1/items/%2e%2e/wipe", b"/v1/items/..%2Fwipe",
    b"/v1/items/x%2Fy", b"/v1/items/x%252Fy", b"/v1/items/%2E", b"/v1/items/%2E%2E",
    b"/v1/items/..", b"/v1/items/...", b"/v1/items/x;y", b"/v1/items/x%3By",
    b"/v1/items/x\\y", b"/v1/items/x%5Cy",
    b"/v1//items/x", b"//v1/items/x", b"/v1/items/x/", b"/v1/items//", b"/v1/items/", b"/v1/items",
    b"/V1/items/x", b"/v1/items/x%00", b"/v1/items/x%0d%0aa: b", b"/v1/items/x%0D%0Aa",
    b"/v1/items/%EF%BC%8Fx", b"/v1/items/%C0%AFx", b"/v1/items/%e9", b"/v1/items/x%",
    b"/v1/items/x%2",
    b"/v1/items/x#y", b"/v1/items/x?q=1&q=2", b"/v1/items/x?q=1&Q=2", b"/v1/items/x?q",
    b"/v1/items/x?&",
    b"/v1/items/x?q=1;id=2", b"/v1/items/x?id=wipe", b"/v1/items/x?q=%00", b"/v1/items/x?q=%ff",
    b"/v1/items/x??q=1", b"/v1/items/x?q=1#f", b"/v1/items/x?q[]=1", b"/v1/items/x?%71=1&q=2",
    b"/../notes", b"/..%2Fnotes", b"/v1/items/\xc3\xa9",
)  # fmt: skip
# What is allowed, and the one spelling in which the upstream sees it.
PASSED = {
    b"/v1/items/x": "/base/v1/items/x",
    b"/v1/items/a:b@c": "/base/v1/items/a:b@c",
    b"/v1/items/%C3%A9": "/base/v1/items/%C3%A9",
    b"/v1/items/x?q=a+b%26q%3D2": "/base/v1/items/x?q=a%20b%26q%3D2",
    b"/v1/items/x?%71=%2e%2e%2f": "/base/v1/items/x?q=..%2F",
}


async def ask(
    site: Site, proofs: ProofMaker, held: Secret[str], target: bytes, nonce: str
) -> tuple[int, str]:
    """The status for a target byte for byte, and the next nonce."""
    path = target.decode("latin-1").partition("?")[0].partition(" ")[0].partition("#")[0]
    proof = proofs.make("GET", f"{site.url}/tools/desk{path}", nonce, held)
    head = (
        b"GET /tools/desk" + target + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        b"authorization: DPoP " + held.open().encode() + b"\r\ndpop: " + proof.encode()
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(head + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 3)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    said = dict(line.split(b": ", 1) for line in answer.split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    return int(answer.split(b" ", 2)[1]), said.get(b"dpop-nonce", nonce.encode()).decode()


def test_no_spelling_reaches_what_was_not_given(tmp_path: Path) -> None:
    seen: list[str] = []
    mcp = FakeMCP(TOOLS)

    def answer(request: ReceivedRequest) -> FakeAnswer:
        if request.target == "/mcp":
            return mcp.answer(request)
        seen.append(request.target)
        return FakeAnswer(body=b"{}")

    async def run() -> None:
        async with Site(tmp_path / "home") as site:
            assert site._upstream is not None
            site._upstream.answering = answer
            await site.apply(site.manifest() + "---" + DESK.format(upstream=site._upstream.url))
            proofs = site.proofs()
            held = await site.obtain_token(proofs, resource=site.url + "/tools/desk")
            _, nonce = await ask(site, proofs, held, b"/v1/items/x", "none")
            seen.clear()
            for target in REFUSED:
                status, nonce = await ask(site, proofs, held, target, nonce)
                assert 400 <= status < 500, (target, status)
                assert seen == [], target
            for target, sent in PASSED.items():
                status, nonce = await ask(site, proofs, held, target, nonce)
                assert (status, seen) == (200, [sent]), target
                seen.clear()

    asyncio.run(run())
