"""An agent that knows nothing of Remit: the official MCP client, with one stdio server configured.

What it is told to do comes in as JSON lines (a real one would ask a model); what happened goes out
as JSON lines.
"""

import asyncio
import json
import os
import sys
from typing import Any

from mcp import Client, StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError


def say(**said: Any) -> None:
    print(json.dumps(said), flush=True)


async def call(client: Client, tool: str, arguments: dict[str, Any]) -> None:
    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        say(event="progress", tool=tool, progress=progress, message=message)

    try:
        result = await client.call_tool(tool, arguments, progress_callback=progressed)
    except MCPError as problem:
        say(event="result", tool=tool, error=True, text=str(problem))
        return
    texts = [block.text for block in result.content if block.type == "text"]
    say(event="result", tool=tool, error=result.is_error, text=" ".join(texts))


async def main() -> None:
    # The SDK hands on little of the environment; the platform's word about us is in it.
    environment = dict(os.environ)
    server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env=environment)
    async with Client(stdio_client(server), mode="auto") as client:
        tools = await client.list_tools()
        say(event="tools", names=sorted(tool.name for tool in tools.tools))
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            await call(client, asked["tool"], asked["arguments"])


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except* MCPError as problems:
        sys.exit(f"the tools cannot be reached: {problems.exceptions[0]}")
