"""One request to Remit: sent once, to the configured issuer, and again only for its nonce."""

import asyncio

import jwt
import pytest

from remit.client import exchange as module
from remit.client.exchange import Refused, Site, read_refusal
from remit.kernel.errors import RemitError, Unavailable
from remit.kernel.secret import Secret
from remit.outbound.errors import UpstreamFailure, UpstreamTimeout
from remit.outbound.message import Limits
from remit.outbound.response import OutboundResponse
from remit.testing.upstream import FakeAnswer, FakeUpstream, and_then_silence, in_pieces
from tests.client.liar import Liar, answer, lie, wrong_nonce

TOKEN = Secret("access-token")
ISSUER = "https://remit.example"
REDIRECTS = [301, 302, 303, 307, 308]


async def get(liar: Liar) -> OutboundResponse:
    return await liar.exchanges.send("GET", liar.url + "/thing", (), b"", TOKEN)


async def read(answered: object) -> object:
    return await answered.read(100) if isinstance(answered, OutboundResponse) else answered


async def post(liar: Liar) -> object:
    return await liar.exchanges.post_form(liar.url + "/token", {"assertion": "a b&c"})


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/token",
        "https://remit.example.evil.example/token",
        "https://remit.example:8443/token",
        "https://remit.example@evil.example/token",
        "http://remit.example/token",
        "https://remit.examplE/token",
        "https://remit.example",
        "/token",
        "",
    ],
)
def test_nothing_is_located_but_what_the_issuer_has(url: str) -> None:
    with pytest.raises(Unavailable):
        Site(ISSUER).locate(url)


def test_a_url_of_the_issuer_is_located_with_its_certificates() -> None:
    destination, target = Site(ISSUER, "/ca.pem").locate(ISSUER + "/token")
    assert (destination.origin, destination.tls.ca_file, target) == (ISSUER, "/ca.pem", b"/token")


def test_nothing_is_sent_elsewhere() -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            with pytest.raises(Unavailable):
                await liar.exchanges.post_form(other.url + "/token", {"assertion": "secret"})
            with pytest.raises(Unavailable):
                await liar.exchanges.send("GET", other.url + "/thing", (), b"", TOKEN)
            assert (other.requests, liar.upstream.requests) == ([], [])

    lie(tale)


def test_a_form_is_sent_once_with_a_proof_and_no_token() -> None:
    async def tale(liar: Liar) -> None:
        await post(liar)
        (sent,) = liar.upstream.requests
        assert sent.body == b"assertion=a+b%26c"
        assert sent.header("authorization") is None
        claims = jwt.decode(sent.header("dpop") or "", options={"verify_signature": False})
        assert (claims["htm"], claims["htu"]) == ("POST", liar.url + "/token")
        assert not {"ath", "nonce"} & claims.keys()

    lie(tale)


def test_a_token_travels_with_its_proof() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/thing"] = [answer({})]
        await (await get(liar)).aclose()
        (sent,) = liar.upstream.requests
        assert sent.header("authorization") == "DPoP access-token"
        claims = jwt.decode(sent.header("dpop") or "", options={"verify_signature": False})
        assert claims["ath"]

    lie(tale)


def nonces(liar: Liar, path: str) -> list[str | None]:
    proofs = [sent.header("dpop") or "" for sent in liar.sent(path)]
    return [jwt.decode(each, options={"verify_signature": False}).get("nonce") for each in proofs]


def test_a_resource_that_asks_for_a_nonce_is_asked_once_more() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/thing"] = [wrong_nonce(), answer({}), answer({})]
        assert (await get(liar)).status == 200
        assert nonces(liar, "/thing") == [None, "n-2"]
        assert (await get(liar)).status == 200
        assert nonces(liar, "/thing") == [None, "n-2", "n-2"]
        await post(liar)
        assert nonces(liar, "/token") == [None], "a resource's nonce is not the endpoint's"

    lie(tale)


def test_a_resource_that_asks_for_nonces_for_ever_is_asked_twice() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/thing"] = [wrong_nonce(str(each)) for each in range(9)]
        assert (await get(liar)).status == 401
        assert len(liar.upstream.requests) == 2

    lie(tale)


def test_a_token_endpoint_that_asks_for_a_nonce_is_asked_once_more() -> None:
    async def tale(liar: Liar) -> None:
        for times in (1, 5):
            liar.upstream.requests.clear()
            refused = answer({"error": "use_dpop_nonce"}, 400, dpop_nonce="n-3")
            liar.instead["/token"] = [refused] * times
            if times == 1:
                await post(liar)
            else:
                with pytest.raises(Refused):
                    await post(liar)
            assert len(liar.upstream.requests) == 2

    lie(tale)


def test_what_was_granted_is_not_asked_for_again() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/token"] = [answer({"error": "use_dpop_nonce"}, 200, dpop_nonce="n")] * 2
        await post(liar)
        assert len(liar.upstream.requests) == 1

    lie(tale)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 502, 503, 504])
def test_no_other_refusal_is_followed_by_a_second_request(status: int) -> None:
    async def tale(liar: Liar) -> None:
        refused = answer({"error": "no", "error_description": "Not so."}, status, retry_after="0")
        liar.instead = {"/thing": [refused] * 2, "/token": [refused] * 2}
        response = await get(liar)
        assert response.status == status
        await response.aclose()
        with pytest.raises(Refused, match=f"{status} no: Not so"):
            await post(liar)
        assert len(liar.upstream.requests) == 2

    lie(tale)


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_is_followed(status: int) -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            moved = answer({}, status, location=other.url + "/token")
            liar.instead = {"/thing": [moved], "/token": [moved]}
            assert (await get(liar)).status == status
            with pytest.raises(Refused):
                await post(liar)
            assert len(liar.upstream.requests) == 2
            assert other.requests == []

    lie(tale)


def test_an_answer_that_does_not_come_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = Limits(first_byte_in=0.1, idle_in=0.1, total_in=0.3)
    monkeypatch.setattr(module, "_LIMITS", short)
    monkeypatch.setattr(module, "_ISSUER_LIMITS", short)

    async def tale(liar: Liar) -> None:
        for asked, path in ((post, "/token"), (get, "/thing")):
            liar.instead[path] = [FakeAnswer(body=and_then_silence())]
            with pytest.raises(UpstreamTimeout):
                await read(await asked(liar))
            assert len(liar.sent(path)) == 1

    lie(tale)


def test_an_answer_that_is_cut_is_not_asked_for_again() -> None:
    async def tale(liar: Liar) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal heard
            heard += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
            await writer.drain()
            writer.close()

        heard = 0
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            liar.exchanges.site = Site(f"http://127.0.0.1:{port}")
            with pytest.raises(UpstreamFailure):
                await liar.exchanges.post_form(f"http://127.0.0.1:{port}/token", {})
        assert heard == 1

    lie(tale)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":"x","error_description":"Why.","event":"evt_1"}', "403 x: Why. (evt_1)"),
        (b'{"type":"urn:remit:error:y","title":"Because."}', "403 urn:remit:error:y: Because."),
        (b"<html>", "403 refused: "),
        (b"[]", "403 refused: "),
        (b'{"error":1,"error":2}', "403 refused: "),
        (b"", "403 refused: "),
    ],
)
def test_a_refusal_is_read_in_any_of_its_shapes(body: bytes, said: str) -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/thing"] = [FakeAnswer(403, body=body)]
        refused = await read_refusal(await get(liar))
        assert refused.detail == said
        assert refused.answered == 403

    lie(tale)


def test_a_refusal_without_end_is_not_read_to_its_end() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/thing"] = [FakeAnswer(500, body=in_pieces(*[b"x" * 4096] * 64))]
        with pytest.raises(RemitError):
            await read_refusal(await get(liar))

    lie(tale)


def test_a_token_is_waited_for_in_seconds_and_a_tool_for_minutes() -> None:
    issuer, resource = module._ISSUER_LIMITS, module._LIMITS
    assert issuer.total_in is not None
    assert issuer.total_in <= 60 < resource.first_byte_in
    assert issuer.max_body_bytes is not None
