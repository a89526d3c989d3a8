"""Names: a shown name leads to one tool of one server, or is not shown."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from remit.client.exchange import Exchanges, Site
from remit.client.naming import NamedTool, Names, name_tools
from remit.client.proofs import ProofMaker
from remit.client.remote import RemoteServer, ServerAddress
from remit.client.tokens import Tokens
from remit.kernel.canonical import Json
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


def listed(
    *servers: tuple[RemoteServer, list[str]],
) -> list[tuple[RemoteServer, list[dict[str, Json]]]]:
    return [(server, [{"name": tool} for tool in tools]) for server, tools in servers]


def test_a_name_never_comes_to_mean_another_servers_tool() -> None:
    mail, chat, names = remote("mail"), remote("chat"), Names()
    assert meant(names.give(listed((mail, ["send"])))) == {"send": ("mail", "send")}
    # The one is down, and the other came: what an agent remembers as mail's stays mail's.
    assert meant(names.give(listed((chat, ["SEND"])))) == {"chat__SEND": ("chat", "SEND")}
    assert meant(names.give(listed((mail, ["send"]), (chat, ["SEND"])))) == {
        "mail__send": ("mail", "send"),
        "chat__SEND": ("chat", "SEND"),
    }
    assert meant(names.give(listed((mail, ["send"])))) == {"send": ("mail", "send")}


def test_a_prefixed_name_is_no_other_servers_later_either() -> None:
    mail, chat, evil, names = remote("mail"), remote("chat"), remote("evil"), Names()
    names.give(listed((mail, ["send"]), (chat, ["send"])))
    assert meant(names.give(listed((evil, ["mail__send"])))) == {
        "evil__mail__send": ("evil", "mail__send")
    }


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["x", "y", "x__x"]), st.lists(NAMES, max_size=3)),
        max_size=4,
    )
)
def test_whatever_comes_and_goes_a_shown_name_stays_with_its_server(
    turns: list[dict[str, list[str]]],
) -> None:
    servers, names = {name: remote(name) for name in ("x", "y", "x__x")}, Names()
    known: dict[str, str] = {}
    for turn in turns:
        shown = names.give(listed(*((servers[name], tools) for name, tools in turn.items())))
        for name, (server, _) in meant(shown).items():
            assert known.setdefault(name.casefold(), server) == server
