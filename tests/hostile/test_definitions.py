"""Attacks through what tools are called and how they describe themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from remit.kernel.canonical import Json
from tests.proxy.world import World, run
from tests.site import TOOLS, Answer, Site

HIDDEN = "\U000e0053\U000e0065\U000e006e\U000e0064"  # tags: "Send", which nobody sees
SCHEMA: Json = {"type": "object", "properties": {"id": {"type": "integer"}}}


def on_a_site(tmp_path: Path, tale: Callable[[Site], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with Site(tmp_path / "home") as site:
            await tale(site)

    asyncio.run(whole())


async def pin(site: Site, *tools: Mapping[str, Json]) -> Answer:
    """What an administrator is told who pins these tools, by the names they have upstream."""
    site.mcp.tools = [*TOOLS[1:], *({"inputSchema": SCHEMA, **tool} for tool in tools)]
    listed = "".join(f'    - {{name: "{tool["name"]}", risk: read}}\n' for tool in tools)
    manifest = site.manifest().replace("    - {name: read_note, risk: read}\n", listed, 1)
    source = {"name": "site.yaml", "text": manifest}
    return await site.administer("/v1/manifest/apply", sources=[source], dry_run=True)


HIDING: tuple[Mapping[str, Json], ...] = (
    {"description": f"Reads a note.{HIDDEN}"},
    {"description": "Reads \u202ea note."},
    {"title": "Read\u200bnote"},
    {"inputSchema": {"type": "object", "properties": {"id": {"description": HIDDEN}}}},
    {"inputSchema": {"type": "object", "properties": {f"id{HIDDEN}": {"type": "integer"}}}},
    {"annotations": {"title": "a\ufeffb"}},
    {"icons": [{"src": f"https://x.example/{HIDDEN}"}]},
    {"_meta": {"x": "\x1b[2J"}},
)


def test_text_that_nobody_sees_is_not_pinned_by_name(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        for member in HIDING:
            answer = await pin(site, {"name": "read_note", **member})
            assert answer.status == 400, answer.body
            assert "text that nobody sees" in answer.json["detail"]
            assert answer.json["detail"].isprintable()

    on_a_site(tmp_path, tale)


def test_whoever_has_looked_at_the_bytes_may_pin_them(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        odd: dict[str, Json] = {"name": "read_note", "description": f"x{HIDDEN}"}
        refused = await pin(site, odd)
        digest = refused.json["detail"].rpartition(" ")[2]
        site.mcp.tools = [{"inputSchema": SCHEMA, **odd}, *TOOLS[1:]]
        text = site.manifest().replace("read_note, risk: read", f"read_note, digest: '{digest}'", 1)
        text = text.replace(f"digest: '{digest}'", f"risk: read, digest: '{digest}'", 1)
        source = {"name": "site.yaml", "text": text}
        answer = await site.administer("/v1/manifest/apply", sources=[source], dry_run=True)
        assert answer.status == 200, answer.body

    on_a_site(tmp_path, tale)


def test_names_that_look_alike_are_not_pinned_together(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        for names in (("read_note", "read-note"), ("list_a", "Iist_a")):
            answer = await pin(site, *({"name": name} for name in names))
            assert answer.status == 400, answer.body
            assert "look alike" in answer.json["detail"]

    on_a_site(tmp_path, tale)


def test_a_tool_has_a_plain_name(tmp_path: Path) -> None:
    odd = ("re\u0430d_note", "read\u200b_note", "read note", "\u202eeton", "\\x1b[2J", "x" * 200)

    async def tale(site: Site) -> None:
        for name in odd:
            answer = await pin(site, {"name": name})
            assert answer.status == 400, answer.body

    on_a_site(tmp_path, tale)


@pytest.mark.parametrize("named", ["New", "NEW"])
def test_a_parameter_cannot_be_another_tools_path_but_for_case(named: str) -> None:
    """Many servers route without case: `New` as an id would be the tool of `/v1/orders/new`."""

    async def test(w: World) -> None:
        asked = w.incoming("GET", f"/tools/orders/v1/orders/{named}")
        told = w.mcp_call("read_order", {"id": named}, server="orders")
        assert [(await w.call(each)).status for each in (asked, told)] == [400, 400]
        assert w.http_upstream.requests == []

    run(test)
