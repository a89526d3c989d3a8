"""Tokens: one a resource, asked for at the configured issuer alone, kept while they are good."""

import asyncio

import pytest

from remit.client.assertion import NoAssertion
from remit.client.exchange import Refused
from remit.client.tokens import Tokens
from remit.kernel.errors import RemitError, Unavailable
from remit.kernel.secret import Secret
from remit.testing.upstream import FakeAnswer, FakeUpstream
from tests.client.liar import ASSERTION, METADATA, Liar, answer, lie

NOTES = "https://remit.example/tools/notes"


def test_a_token_is_asked_for_with_the_assertion() -> None:
    async def tale(liar: Liar) -> None:
        value = await liar.tokens.obtain(NOTES)
        assert value.open() == "at-1"
        assert liar.form() == {
            "grant_type": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
            "assertion": [ASSERTION],
            "resource": [NOTES],
        }

    lie(tale)


def test_the_remit_is_named_where_it_is_known() -> None:
    async def tale(liar: Liar) -> None:
        await liar.tokens_of("take-notes").obtain(NOTES)
        assert liar.form()["remit"] == ["take-notes"]

    lie(tale)


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    async def tale(liar: Liar) -> None:
        first = await liar.tokens.obtain(NOTES)
        liar.clock.advance(279)
        assert await liar.tokens.obtain(NOTES) is first
        liar.clock.advance(1)
        assert (await liar.tokens.obtain(NOTES)).open() == "at-2"
        assert len(liar.sent(METADATA)) == 1

    lie(tale)


def test_a_short_token_is_used_for_half_its_life() -> None:
    async def tale(liar: Liar) -> None:
        first = await liar.tokens.obtain(NOTES)
        liar.clock.advance(4.9)
        assert await liar.tokens.obtain(NOTES) is first
        liar.clock.advance(0.1)
        assert await liar.tokens.obtain(NOTES) is not first

    lie(tale, life=10)


def test_each_resource_has_its_own_token() -> None:
    async def tale(liar: Liar) -> None:
        first = await liar.tokens.obtain(NOTES)
        assert await liar.tokens.obtain(NOTES + "2") is not first
        assert await liar.tokens.obtain(NOTES) is first

    lie(tale)


def test_many_who_need_a_token_at_once_cause_one_request() -> None:
    async def tale(liar: Liar) -> None:
        got = await asyncio.gather(*(liar.tokens.obtain(NOTES) for _ in range(20)))
        assert {each.open() for each in got} == {"at-1"}
        assert liar.assertion.asked == 1

    lie(tale)


def test_a_forgotten_token_is_replaced_and_a_newer_one_is_not_forgotten() -> None:
    async def tale(liar: Liar) -> None:
        first = await liar.tokens.obtain(NOTES)
        liar.tokens.forget(NOTES, first)
        second = await liar.tokens.obtain(NOTES)
        liar.tokens.forget(NOTES, first)
        liar.tokens.forget(NOTES + "2", second)
        assert await liar.tokens.obtain(NOTES) is second
        assert second.open() == "at-2"

    lie(tale)


def test_no_token_is_shown() -> None:
    async def tale(liar: Liar) -> None:
        await liar.tokens.obtain(NOTES)
        assert "at-1" not in repr(liar.tokens._held)

    lie(tale)


async def refuse(liar: Liar, error: type[RemitError]) -> RemitError:
    """The error with which a token is refused; the assertion was not shown in it."""
    with pytest.raises(error) as caught:
        await liar.tokens.obtain(NOTES)
    assert ASSERTION not in caught.value.detail
    return caught.value


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example", "token_endpoint": "{url}/token"},
        {"issuer": "{url}/", "token_endpoint": "{url}/token"},
        {"token_endpoint": "{url}/token"},
        {"issuer": "{url}"},
        {"issuer": "{url}", "token_endpoint": ["{url}/token"]},
        {"issuer": "{url}", "token_endpoint": "{other}/token"},
        {"issuer": "{url}", "token_endpoint": "{url}@{other}/token"},
        ["{url}"],
    ],
    ids=str,
)
def test_an_assertion_goes_to_the_configured_issuer_alone(metadata: object) -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            said = answer(metadata)
            assert isinstance(said.body, bytes)
            body = said.body.replace(b"{url}", liar.url.encode())
            body = body.replace(b"{other}", other.url.encode())
            liar.instead[METADATA] = [FakeAnswer(body=body)]
            await refuse(liar, Unavailable)
            assert other.requests == []
            assert [each.target for each in liar.upstream.requests] == [METADATA]

    lie(tale)


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_metadata_is_read_from_where_it_belongs(status: int) -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            liar.instead[METADATA] = [answer({}, status, location=other.url + METADATA)]
            await refuse(liar, RemitError)
            assert other.requests == []
            assert liar.assertion.asked == 0
            await liar.tokens.obtain(NOTES)  # nothing of the failure was kept

    lie(tale)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"access_token": "x", "token_type": "Bearer", "expires_in": 300},
        {"access_token": "x", "token_type": "DPoP"},
        {"access_token": "x", "token_type": "DPoP", "expires_in": "300"},
        {"access_token": 1, "token_type": "DPoP", "expires_in": 300},
        {"token_type": "DPoP", "expires_in": 300},
    ],
    ids=str,
)
def test_what_is_no_bound_token_is_not_used(said: object) -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/token"] = [answer(said)]
        await refuse(liar, Unavailable)
        assert len(liar.sent("/token")) == 1

    lie(tale)


def test_a_refusal_says_why_and_is_not_repeated() -> None:
    async def tale(liar: Liar) -> None:
        said = {"error": "invalid_grant", "error_description": "No.", "event": "evt_7"}
        liar.instead["/token"] = [answer(said, 400)]
        refused = await refuse(liar, Refused)
        assert refused.detail == "400 invalid_grant: No. (evt_7)"
        assert len(liar.sent("/token")) == 1
        assert (await liar.tokens.obtain(NOTES)).open() == "at-1"

    lie(tale)


def test_without_an_assertion_nobody_is_asked() -> None:
    class Nobody:
        async def read(self) -> Secret[str]:
            raise NoAssertion("none")

    async def tale(liar: Liar) -> None:
        liar.tokens = Tokens(liar.exchanges, liar.door, Nobody(), None, liar.clock)
        await refuse(liar, NoAssertion)
        assert liar.sent("/token") == []

    lie(tale)
