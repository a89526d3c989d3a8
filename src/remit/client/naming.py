"""Names for all tools of all servers in one list: their own where that is clear, else prefixed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remit.client.remote import RemoteServer
from remit.kernel.canonical import Json


@dataclass(frozen=True, slots=True)
class NamedTool:
    """A tool as the agent sees it: `shown` here, by its own name at its server."""

    shown: str
    server: RemoteServer
    definition: Mapping[str, Json] = field(repr=False)


def name_tools(
    listed: Sequence[tuple[RemoteServer, Sequence[Mapping[str, Json]]]],
) -> Mapping[str, NamedTool]:
    """All tools by the name that they are shown under.

    A name that two servers have (differing in case at most) is shown as `server__tool` for each; a
    name that would still be doubled is left out for all, so that no call can reach the wrong one.
    """
    tools = [(server, tool, str(tool["name"])) for server, tools in listed for tool in tools]
    plain = Counter(name.casefold() for _, _, name in tools)
    shown = [
        NamedTool(
            name if plain[name.casefold()] == 1 else f"{server.address.name}__{name}", server, tool
        )
        for server, tool, name in tools
    ]
    final = Counter(tool.shown.casefold() for tool in shown)
    return {tool.shown: tool for tool in shown if final[tool.shown.casefold()] == 1}
