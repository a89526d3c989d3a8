"""A ticket desk: a real MCP server, built with the official SDK, on SQLite.

It knows nothing of Remit. It wants an API key, as such servers do, and whoever has that key may do
everything: which is why no agent should have it.
"""

import argparse
import hmac
import os
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

SCHEMA = """
CREATE TABLE IF NOT EXISTS ticket (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, priority TEXT NOT NULL, state TEXT NOT NULL
) STRICT
"""


class Desk:
    """The tickets."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute(SCHEMA)

    def open_ticket(self, title: str, priority: str) -> dict[str, Any]:
        row = self._database.execute(
            "INSERT INTO ticket (title, priority, state) VALUES (?, ?, 'open') RETURNING id",
            (title, priority),
        ).fetchone()
        return {"id": row[0], "title": title, "priority": priority, "state": "open"}

    def list_tickets(self) -> list[dict[str, Any]]:
        rows = self._database.execute("SELECT id, title, priority, state FROM ticket ORDER BY id")
        return [dict(zip(("id", "title", "priority", "state"), row, strict=True)) for row in rows]

    def close_ticket(self, ticket: int) -> bool:
        changed = self._database.execute(
            "UPDATE ticket SET state = 'closed' WHERE id = ?", (ticket,)
        )
        return changed.rowcount == 1

    def delete_all(self) -> int:
        return self._database.execute("DELETE FROM ticket").rowcount


def build(desk: Desk) -> MCPServer:
    """The MCP server over a desk."""
    server = MCPServer("ticket-desk", version="1.0.0")

    @server.tool()
    def list_tickets() -> list[dict[str, Any]]:
        """List all tickets."""
        return desk.list_tickets()

    @server.tool()
    def open_ticket(title: str, priority: str) -> dict[str, Any]:
        """Open a ticket. Priority is one of low, normal, urgent."""
        return desk.open_ticket(title, priority)

    @server.tool()
    def close_ticket(ticket: int) -> str:
        """Close a ticket."""
        return "closed" if desk.close_ticket(ticket) else "no such ticket"

    @server.tool()
    def delete_all_tickets() -> str:
        """Delete every ticket, for good."""
        return f"{desk.delete_all()} tickets deleted"

    @server.tool()
    async def export_tickets(pages: int, ctx: Context) -> str:
        """Export tickets page by page; slow, with progress."""
        for page in range(pages):
            await ctx.report_progress(page, pages, f"page {page} of {pages}")
            await anyio.sleep(0.2)
        return f"{pages} pages exported"

    return server


class APIKey:
    """Refuses requests without the desk's API key."""

    def __init__(self, app: Callable[..., Awaitable[None]], key: str) -> None:
        self._app = app
        self._expected = f"Bearer {key}".encode()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                await send({"type": "http.response.start", "status": 401, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
        await self._app(scope, receive, send)


def main() -> None:
    """Serve the desk; its API key comes in DESK_API_KEY."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    asked = parser.parse_args()
    app = build(Desk(asked.database)).streamable_http_app(stateless_http=True)
    guarded = APIKey(app, os.environ["DESK_API_KEY"])
    uvicorn.run(guarded, host="127.0.0.1", port=asked.port, log_level="warning")


if __name__ == "__main__":
    main()
