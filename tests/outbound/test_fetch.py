import asyncio

import pytest

from remit.outbound.addresses import PUBLIC
from remit.outbound.door import Door
from remit.outbound.errors import (
    AddressRefused,
    UpstreamFailure,
    UpstreamProtocolError,
    UpstreamTooLarge,
    UpstreamUnreachable,
)
from remit.outbound.fetch import FetchedJSON, fetch_json, fresh_in
from tests.outbound.raw_upstream import LOCAL, answering, ok, upstream

JSON = b"Content-Type: application/json"


def fetched(answer, reach=LOCAL):
    async def story():
        door = Door()
        try:
            async with upstream(answering(answer)) as server:
                url = f"{server.destination.origin}/.well-known/jwks.json"
                return await fetch_json(door, url, reach=reach)
        finally:
            await door.close()

    return asyncio.run(story())


def test_a_key_set_comes_with_its_freshness():
    answer = ok(
        b"{}",
        b"Content-Type: application/jwk-set+json; charset=utf-8",
        b"Cache-Control: public, max-age=600",
    )
    assert fetched(answer) == FetchedJSON(b"{}", 600)


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"{}", b"Content-Type: text/html"),
        ok(b"{}"),
        ok(b"{}", b"Content-Type: application/json+x"),
    ],
)
def test_what_is_not_declared_as_json_is_refused(answer):
    with pytest.raises(UpstreamProtocolError):
        fetched(answer)


@pytest.mark.parametrize("status", [b"204 No", b"301 Moved", b"404 Not", b"500 Oops"])
def test_only_a_200_is_an_answer(status):
    with pytest.raises(UpstreamUnreachable):
        fetched(b"HTTP/1.1 " + status + b"\r\n" + JSON + b"\r\nContent-Length: 0\r\n\r\n")


def test_a_document_beyond_a_mebibyte_is_refused():
    with pytest.raises(UpstreamTooLarge):
        fetched(ok(b"[" + b" " * 1024 * 1024 + b"]", JSON))


def test_a_private_address_is_refused_unless_allowed():
    with pytest.raises(AddressRefused) as failed:
        fetched(ok(b"{}", JSON), reach=PUBLIC)
    assert isinstance(failed.value, UpstreamFailure)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        (None, 300), (b"", 300), (b"max-age=0", 60), (b"max-age=3600", 3600),
        (b"public,MAX-AGE=3600, must-revalidate", 3600), (b"max-age=99999999", 86400),
        (b"max-age=99999999999999", 300), (b"s-maxage=10", 300), (b"max-age=-1", 300),
        (b"no-store", 60), (b"no-cache, max-age=600", 60), (b'max-age="120"', 120),
        (b"\xff", 300),
    ],
)  # fmt: skip
def test_freshness_is_bounded_both_ways(stated, seconds):
    assert fresh_in(stated) == seconds
