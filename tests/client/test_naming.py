"""Names: a shown name leads to one tool of one server, or is not shown."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from remit.client.exchange import Exchanges, Site
from remit.client.naming import NamedTool, name_tools
from remit.client.proofs import ProofMaker
from remit.client.remote import RemoteServer, ServerAddress
from remit.client.tokens import Tokens
from remit.mcp.build import Implementation
from remit.outbound.door import Door
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from tests.client.liar import KEY, CountedAssertion

CLOCK, DOOR = FakeClock(), Door()
ISSUER = "https://remit.example"


def remote(name: str) -> RemoteServer:
    """A server that is never asked."""
    exchanges = Exchanges(Site(ISSUER), DOOR, ProofMaker(KEY, CLOCK, FakeEntropy()))
    tokens = Tokens(exchanges, DOOR, CountedAssertion(), None, CLOCK)
    address = ServerAddress(name, f"{ISSUER}/tools/{name}")
    return RemoteServer(address, exchanges, tokens, Implementation("test", "1"))


def named(**servers: list[str]) -> Mapping[str, NamedTool]:
    return name_tools(
        [(remote(server), [{"name": tool} for tool in tools]) for server, tools in servers.items()]
    )


def meant(tools: Mapping[str, NamedTool]) -> dict[str, tuple[str, object]]:
    return {
        shown: (tool.server.address.name, tool.definition["name"]) for shown, tool in tools.items()
    }


def test_a_clear_name_is_kept() -> None:
    assert meant(named(mail=["send"], chat=["post"])) == {
        "send": ("mail", "send"),
        "post": ("chat", "post"),
    }


def test_a_name_of_two_servers_is_prefixed_for_both() -> None:
    assert meant(named(mail=["send", "read"], chat=["send"])) == {
        "mail__send": ("mail", "send"),
        "chat__send": ("chat", "send"),
        "read": ("mail", "read"),
    }


def test_names_that_differ_in_case_alone_are_prefixed() -> None:
    assert set(named(mail=["send"], chat=["SEND"])) == {"mail__send", "chat__SEND"}


def test_a_name_that_a_server_has_twice_is_nobodys() -> None:
    assert meant(named(mail=["send", "send", "read"])) == {"read": ("mail", "read")}


def test_a_server_that_names_its_tool_as_anothers_prefixed_one_shadows_nothing() -> None:
    tools = named(mail=["send"], chat=["send"], evil=["mail__send"])
    assert meant(tools) == {"chat__send": ("chat", "send")}


def test_a_definition_is_not_shown() -> None:
    (tool,) = named(mail=["send"]).values()
    assert "'name'" not in repr(tool)


NAMES = st.sampled_from(["a", "A", "b", "x__a", "y__a", "X__A", "x__x__a"])


@given(st.dictionaries(st.sampled_from(["x", "y", "x__x"]), st.lists(NAMES, max_size=4)))
def test_no_two_shown_names_can_be_taken_for_one_another(servers: dict[str, list[str]]) -> None:
    tools = named(**servers)
    assert len({shown.casefold() for shown in tools}) == len(tools)
    for shown, (server, name) in meant(tools).items():
        assert shown in (name, f"{server}__{name}")
        assert servers[server].count(str(name)) == 1
