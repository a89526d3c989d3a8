"""An MCP server of the official SDK with a tool for everything that a tool can say or be asked.

It knows nothing of Remit. `CASES` calls each of its tools.
"""

import argparse
import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Audio, Context, Image
from mcp.shared.exceptions import MCPError
from mcp_types import (
    Annotations,
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    Icon,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

# The smallest picture, and a tenth of a second of nothing.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WAV = b"RIFF" + (36 + 800).to_bytes(4, "little") + b"WAVEfmt " + bytes(816)
SPECIAL = (
    "żółć \N{GRINNING FACE} e\u0301 \u202eright-to-left\u202c \u2028 \x7f \ufffd <&>\"'\\ \t end"
)


class Colour(StrEnum):
    """An enumeration."""

    RED = "red"
    GREEN = "green"


class Address(BaseModel):
    """Something nested."""

    street: str
    lines: list[str] = []


class Person(BaseModel):
    """Something with something nested in it."""

    name: str
    age: int = Field(ge=0, le=150)
    addresses: list[Address]
    favourite: Colour | None = None
    notes: dict[str, str] = {}


class Weather(TypedDict):
    """A structured result."""

    temperature: float
    wind: int
    words: str


server = MCPServer("everything", version="1.0.0")


@server.tool(structured_output=False)
def say_text() -> str:
    """Plain text."""
    return "hello"


@server.tool()
def say_nothing() -> list[ContentBlock]:
    """No content at all."""
    return []


@server.tool()
def say_annotated() -> TextContent:
    """Text with annotations and metadata of its own."""
    annotations = Annotations(audience=["user", "assistant"], priority=0.5)
    meta = {"example.com/note": {"deep": [1, 2.5, None, True]}}
    return TextContent(type="text", text="look", annotations=annotations, _meta=meta)


@server.tool()
def draw_image() -> Image:
    """An image."""
    return Image(data=PNG, format="png")


@server.tool()
def play_audio() -> Audio:
    """Audio."""
    return Audio(data=WAV, format="wav")


@server.tool()
def embed_text() -> EmbeddedResource:
    """A text resource, embedded."""
    contents = TextResourceContents(
        uri="file:///notes/one.md", mime_type="text/markdown", text="# One\n"
    )
    return EmbeddedResource(type="resource", resource=contents)


@server.tool()
def embed_bytes() -> EmbeddedResource:
    """A binary resource, embedded."""
    contents = BlobResourceContents(
        uri="file:///pictures/one.png",
        mime_type="image/png",
        blob=base64.b64encode(PNG).decode(),
    )
    return EmbeddedResource(type="resource", resource=contents)


@server.tool()
def link_resource() -> ResourceLink:
    """A link to a resource."""
    return ResourceLink(
        type="resource_link",
        uri="https://example.com/a?b=c#d",
        name="a",
        title="A link",
        description="Where more is",
        mime_type="text/html",
        size=4711,
    )


@server.tool()
def say_mixed() -> list[ContentBlock]:
    """All kinds of content in one result."""
    return [
        TextContent(type="text", text="one"),
        ImageContent(type="image", data=base64.b64encode(PNG).decode(), mime_type="image/png"),
        AudioContent(type="audio", data=base64.b64encode(WAV).decode(), mime_type="audio/wav"),
        embed_text(),
        link_resource(),
        TextContent(type="text", text="two"),
    ]


@server.tool()
def read_weather(city: str) -> Weather:
    """A structured result with an output schema."""
    return {"temperature": -0.5, "wind": 2**53 - 1, "words": f"grey in {city}"}


@server.tool()
def count_words(text: str) -> list[str]:
    """A list as a structured result."""
    return text.split()


@server.tool()
def add(a: float, b: float) -> float:
    """A number as a structured result."""
    return a + b


@server.tool()
def greet_person(person: Person, times: int = 1) -> Person:
    """Nested arguments, and the same back."""
    return person.model_copy(update={"notes": {**person.notes, "greeted": str(times)}})


@server.tool()
def choose(
    colour: Colour,
    sizes: list[int],
    flag: bool = False,
    comment: str | None = None,
    either: int | str = 0,
) -> str:
    """Enumerations, arrays, flags, and what may be left out."""
    return f"{colour} {sizes} {flag} {comment} {either!r}"


@server.tool()
def echo(text: str) -> str:
    """Says again what it was told."""
    return text


@server.tool()
def say_special() -> str:
    """Characters that get lost on the way."""
    return SPECIAL


@server.tool()
def say_much(kilobytes: int) -> str:
    """A large result."""
    return "0123456789abcdef" * 64 * kilobytes


@server.tool()
def fail() -> str:
    """Raises an error of its own."""
    raise ValueError("the tool has failed")


@server.tool(structured_output=False)
def report_failure() -> CallToolResult:
    """A result that says that it is an error, in its own words."""
    said = TextContent(type="text", text="no such thing")
    return CallToolResult(content=[said], is_error=True)


@server.tool()
def break_protocol() -> str:
    """A JSON-RPC error instead of a result."""
    raise MCPError(code=-31999, message="not like this", data={"hint": "otherwise"})


@server.tool()
async def count(steps: int, ctx: Context) -> str:
    """Progress on the way."""
    for step in range(steps):
        await ctx.report_progress(step, steps, f"step {step}")
    await ctx.report_progress(steps)
    return f"{steps} steps"


@server.tool()
async def log(level: str, ctx: Context) -> str:
    """A line of the server's log on the way (deprecated by SEP-2577, and still spoken)."""
    line = {"said": f"a line of {level}", "tags": [1, None]}
    await ctx.log(level, line, logger_name="desk")  # type: ignore[arg-type]  # What a caller says.
    return level


@server.tool()
async def wait(seconds: float) -> str:
    """Slow, and silent meanwhile."""
    await anyio.sleep(seconds)
    return "waited"


@server.tool()
async def count_slowly(seconds: int, ctx: Context) -> str:
    """Progress every tenth of a second, for long."""
    for tenth in range(seconds * 10):
        await ctx.report_progress(tenth, seconds * 10)
        await anyio.sleep(0.1)
    return "counted"


@server.tool()
def read_region(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
    shard: Annotated[int, Field(json_schema_extra={"x-mcp-header": "Shard"})],
    text: str = "",
) -> str:
    """Arguments that travel in headers too."""
    return f"{region} {shard} {text}"


@server.tool()
def read_region_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})], ctx: Context
) -> str:
    """What the header of an argument held when it came."""
    return f"{region} {(ctx.headers or {}).get('mcp-param-region')}"


@server.tool()
def list_headers(ctx: Context) -> list[str]:
    """The names of the headers that came."""
    return sorted(ctx.headers or {})


@server.tool(
    name="dotted.name-With_all",
    title="A title",
    annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    icons=[Icon(src="https://example.com/icon.png", mime_type="image/png", sizes=["48x48"])],
    meta={"example.com/kind": "odd"},
)
def described() -> str:
    """A definition with everything that a definition can have."""
    return "described"


# Remit sends canonical JSON (RFC 8785): the members come sorted, which a careful tool does not see.
PERSON: Mapping[str, Any] = {
    "name": "Zoë",
    "age": 42,
    "addresses": [{"street": "High Street", "lines": ["a", ""]}, {"street": "", "lines": []}],
    "favourite": "green",
    "notes": {"": "empty", "__proto__": "x", "a b": "c"},
}

CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "text": ("say_text", {}),
    "no content": ("say_nothing", {}),
    "annotations and metadata": ("say_annotated", {}),
    "image": ("draw_image", {}),
    "audio": ("play_audio", {}),
    "embedded text": ("embed_text", {}),
    "embedded bytes": ("embed_bytes", {}),
    "resource link": ("link_resource", {}),
    "mixed": ("say_mixed", {}),
    "structured": ("read_weather", {"city": "Kraków"}),
    "structured list": ("count_words", {"text": "a b  c"}),
    "structured number": ("add", {"a": 0.1, "b": 2e-7}),
    "whole number where any will do": ("add", {"a": 1, "b": -(2**53) + 1}),
    "nested arguments": ("greet_person", {"person": PERSON, "times": 3}),
    "optional arguments left out": ("choose", {"colour": "red", "sizes": []}),
    "optional arguments given": (
        "choose",
        {"colour": "green", "sizes": [3, -1, 0], "flag": True, "comment": "", "either": "x"},
    ),
    "null for an optional argument": (
        "choose", {"colour": "red", "sizes": [1], "comment": None, "either": 7},
    ),
    "unicode in an argument": ("echo", {"text": SPECIAL}),
    "empty text": ("echo", {"text": ""}),
    "long text": ("echo", {"text": "ä" * 100_000}),
    "unicode in a result": ("say_special", {}),
    "large result": ("say_much", {"kilobytes": 700}),
    "a failing tool": ("fail", {}),
    "an error as a result": ("report_failure", {}),
    "an error of the protocol": ("break_protocol", {}),
    "progress": ("count", {"steps": 5}),
    "a log line that nobody asked for": ("log", {"level": "error"}),
    "slow": ("wait", {"seconds": 0.4}),
    "arguments in headers": ("read_region", {"region": "eu-west", "shard": 3}),
    "unicode in a header": ("read_region", {"region": " ü ", "shard": -1, "text": "x"}),
    "a header as it arrives": ("read_region_header", {"region": "eu"}),
    "everything in a definition": ("dotted.name-With_all", {}),
}  # fmt: skip


def main() -> None:
    """Serve on the loopback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    app = server.streamable_http_app(stateless_http=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
