"""Names for all tools of all servers in one list: their own where that is clear, else prefixed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from remit.client.remote import RemoteServer
from remit.kernel.canonical import Json


@dataclass(frozen=True, slots=True)
class NamedTool:
    """A tool as the agent sees it: `shown` here, by its own name at its server."""

    shown: str
    server: RemoteServer
    definition: Mapping[str, Json] = field(repr=False)


class Names:
    """The names of one process: what was shown for one server's tool never means another's.

    Servers come and go while an agent remembers what it was shown; `mail` that was down must not
    leave its name to `chat` for the next call.
    """

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def give(
        self, listed: Sequence[tuple[RemoteServer, Sequence[Mapping[str, Json]]]]
    ) -> Mapping[str, NamedTool]:
        """All tools by the name that they are shown under, as `name_tools` does it."""
        named = name_tools(listed, self._given)
        for shown, tool in named.items():
            self._given.setdefault(shown.casefold(), tool.server.address.name)
        return named


def name_tools(
    listed: Sequence[tuple[RemoteServer, Sequence[Mapping[str, Json]]]],
    given: Mapping[str, str] = MappingProxyType({}),
) -> Mapping[str, NamedTool]:
    """All tools by the name that they are shown under.

    A name that two servers have (differing in case at most), or that is `given` to another server,
    is shown as `server__tool`; a name that would still be doubled, or be another's, is left out for
    all, so that no call can reach the wrong one.
    """
    tools = [(server, tool, str(tool["name"])) for server, tools in listed for tool in tools]
    plain = Counter(name.casefold() for _, _, name in tools)
    shown = [
        NamedTool(
            name
            if plain[name.casefold()] == 1 and _is_free(name, server, given)
            else f"{server.address.name}__{name}",
            server,
            tool,
        )
        for server, tool, name in tools
    ]
    final = Counter(tool.shown.casefold() for tool in shown)
    return {
        tool.shown: tool
        for tool in shown
        if final[tool.shown.casefold()] == 1 and _is_free(tool.shown, tool.server, given)
    }


def _is_free(name: str, server: RemoteServer, given: Mapping[str, str]) -> bool:
    return given.get(name.casefold(), server.address.name) == server.address.name
