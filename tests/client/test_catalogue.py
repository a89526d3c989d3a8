"""The catalogue: Remit's own list of tool servers, believed about the issuer's own alone."""

import pytest

from remit.client.catalogue import read_catalogue
from remit.client.exchange import Refused
from remit.client.remote import ServerAddress
from remit.kernel.errors import RemitError, Unavailable
from remit.testing.upstream import FakeAnswer, FakeUpstream, in_pieces
from tests.client.liar import Liar, answer, lie


def test_the_tool_servers_are_read_with_a_token_of_the_catalogue() -> None:
    async def tale(liar: Liar) -> None:
        listed = await read_catalogue(liar.exchanges, liar.tokens)
        assert listed == [ServerAddress("notes", liar.url + "/tools/notes")]
        assert liar.form()["resource"] == [liar.url + "/tools"]
        (sent,) = liar.sent("/tools")
        assert (sent.method, sent.header("authorization")) == ("GET", "DPoP at-1")

    lie(tale)


def test_a_catalogue_may_be_empty() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/tools"] = [answer({"tool_servers": []})]
        assert await read_catalogue(liar.exchanges, liar.tokens) == []

    lie(tale)


@pytest.mark.parametrize(
    "resource", ["{other}/tools/notes", "{url}.evil.example/tools", "{url}@{other}/", "notes", ""]
)
def test_one_resource_elsewhere_and_the_whole_catalogue_is_refused(resource: str) -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            foreign = resource.format(url=liar.url, other=other.url)
            own = {"name": "notes", "resource": liar.url + "/tools/notes"}
            liar.instead["/tools"] = [
                answer({"tool_servers": [own, {"name": "x", "resource": foreign}]})
            ]
            with pytest.raises(Unavailable):
                await read_catalogue(liar.exchanges, liar.tokens)
            assert other.requests == []

    lie(tale)


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        {"tool_servers": {}},
        {"tool_servers": ["notes"]},
        {"tool_servers": [{"name": "notes"}]},
        {"tool_servers": [{"name": 1, "resource": "x"}]},
    ],
    ids=str,
)
def test_what_is_no_catalogue_is_refused(said: object) -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/tools"] = [answer(said)]
        with pytest.raises(Unavailable):
            await read_catalogue(liar.exchanges, liar.tokens)

    lie(tale)


def test_a_catalogue_without_end_is_not_read_to_its_end() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/tools"] = [FakeAnswer(body=in_pieces(*[b" " * 65536] * 32))]
        with pytest.raises(RemitError):
            await read_catalogue(liar.exchanges, liar.tokens)

    lie(tale)


@pytest.mark.parametrize("status", [302, 401, 403, 500])
def test_a_refusal_is_told_and_the_request_not_repeated(status: int) -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            said = {"type": "urn:remit:error:x", "title": "Why."}
            liar.instead["/tools"] = [answer(said, status, location=other.url)] * 2
            with pytest.raises(Refused, match="Why"):
                await read_catalogue(liar.exchanges, liar.tokens)
            assert len(liar.sent("/tools")) == 1
            assert other.requests == []

    lie(tale)
