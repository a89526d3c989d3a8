"""Whatever a caller with a good token sends is answered or refused: never a fault of ours."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.kernel.errors import Malformed
from remit.proxy.messages import BufferedBody, IncomingCall, Released
from tests.proxy.world import PUBLIC_URL, World, mcp_body, mcp_headers, world

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["id", "count", "x"]) | st.text(max_size=4), JSON)
NAMES = st.sampled_from([b"mcp-name", b"mcp-method", b"accept", b"content-type", b"x", b"dpop"])
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=3)


def answered(*requests: tuple[str, bytes, bytes, bytes, Any]) -> list[Released]:
    async def within() -> list[Released]:
        async with world() as w:
            found = [await w.call(bearer(w, *request)) for request in requests]
            assert w.concurrency.under_way == 0
            assert len(w.in_flight) == 0
            return found

    return asyncio.run(within())


def bearer(
    w: World, method: str, path: bytes, query: bytes, body: bytes, headers: Any
) -> IncomingCall:
    audience = PUBLIC_URL + "/".join(path.decode("latin-1").split("/")[:3])
    proof = ((b"authorization", f"Bearer {w.token(audience, bound=False)}".encode()),)
    return IncomingCall(method, path, query, (*proof, *headers), BufferedBody(body), "peer")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), HEADERS)
def test_any_body_and_headers(body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    good = mcp_headers("tools/call", "read_ticket")
    whole = ("POST", b"/tools/tickets", b"", body, (*good, *headers))
    alone = ("POST", b"/tools/tickets", b"", body, tuple(headers))
    for released in answered(whole, alone):
        assert 400 <= released.status < 500


@settings(max_examples=150, deadline=None)
@given(ARGUMENTS, st.dictionaries(st.text(max_size=6), JSON, max_size=2))
def test_any_arguments(arguments: dict[str, Any], more: dict[str, Any]) -> None:
    params = {**more, "name": "read_ticket", "arguments": arguments}
    try:
        body = mcp_body("tools/call", params, {})
    except Malformed:
        return  # what has no canonical form
    [released] = answered(
        ("POST", b"/tools/tickets", b"", body, mcp_headers("tools/call", "read_ticket"))
    )
    assert released.status < 500


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["GET", "PATCH", "DELETE"]),
    st.binary(max_size=20),
    st.binary(max_size=20),
    st.binary(max_size=30),
)
def test_any_path_query_and_body(method: str, path: bytes, query: bytes, body: bytes) -> None:
    json_type = ((b"content-type", b"application/json"),)
    target = b"/tools/orders/v1/orders/" + path
    [released] = answered((method, target, query, body, json_type))
    assert released.status < 500
