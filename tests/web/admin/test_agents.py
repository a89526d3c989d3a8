import pytest

from tests.site import Site
from tests.web.admin.conftest import Tell


def test_an_agent_is_shown_with_its_identities(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        listed = (await site.administer("/v1/agents/list")).json
        assert [each["name"] for each in listed] == ["ada", "bob"]
        shown = (await site.administer("/v1/agents/show", name="ada")).json
        assert (shown["state"], shown["owner"]) == ("active", "alice")
        (identity,) = shown["identities"]
        assert identity["claims"] == {"sub": "workload:ada"}

    tell(tale)


@pytest.mark.parametrize("step", ["suspend", "quarantine", "retire"])
def test_the_tokens_of_an_agent_die_with_the_step(tell: Tell, step: str) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        changed = await site.administer(f"/v1/agents/{step}", name="ada", reason="test")
        assert changed.status == 200
        answer = await site.call(proofs, token, "read_note", {"id": 1})
        assert answer.status == 401
        refused = await site.ask_token(proofs.make("POST", site.url + "/token", None))
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
        again = await site.administer("/v1/agents/reinstate", name="ada", reason="test")
        assert again.status == (200 if step == "suspend" else 409)
        assert (await site.call(proofs, token, "read_note", {"id": 1})).status == 401

    tell(tale)


def test_an_agent_is_given_to_a_human_that_is_there(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        await site.apply(BOB)
        for owner, status in (("nobody", 404), ("robert", 200)):
            answer = await site.administer(
                "/v1/agents/transfer", name="ada", owner=owner, reason="test"
            )
            assert answer.status == status
        assert answer.json["owner"] == "robert"

    tell(tale)


BOB = """
apiVersion: remit/v1
kind: Human
metadata: {name: robert}
spec: {email: robert@example.com}
"""


@pytest.mark.parametrize("action", ["show", "suspend", "retire"])
def test_an_agent_that_is_not_there_is_not_found(tell: Tell, action: str) -> None:
    async def tale(site: Site) -> None:
        asked = {"name": "nobody"} | ({} if action == "show" else {"reason": "test"})
        assert (await site.administer(f"/v1/agents/{action}", **asked)).status == 404

    tell(tale)


def test_nothing_is_changed_without_a_reason(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        for asked in ({}, {"reason": ""}, {"reason": None}):
            answer = await site.administer("/v1/agents/suspend", name="ada", **asked)
            assert answer.status == 400, asked
        assert (await site.administer("/v1/agents/show", name="ada")).json["state"] == "active"

    tell(tale)
