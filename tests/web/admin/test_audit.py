import pytest

from tests.site import Site
from tests.web.admin.conftest import Tell


def test_the_newest_records_come_first_and_no_more_than_asked(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        rows = (await site.administer("/v1/audit/tail", count=3)).json
        assert len(rows) == 3
        assert [row["index"] for row in rows] == sorted((r["index"] for r in rows), reverse=True)
        agent = (await site.administer("/v1/agents/show", name="bob")).json["id"]
        about = (await site.administer("/v1/audit/tail", agent=agent)).json
        assert about
        assert {row["agent"] for row in about} == {agent}

    tell(tale)


@pytest.mark.parametrize("count", [0, -1, 1001, "7", None])
def test_a_count_is_a_number_within_bounds(tell: Tell, count: object) -> None:
    async def tale(site: Site) -> None:
        assert (await site.administer("/v1/audit/tail", count=count)).status == 400

    tell(tale)


def test_whoever_was_just_refused_can_ask_why(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        answer = await site.call(proofs, token, "write_note", {"text": "t", "size": 11})
        said = answer.json["result"]["content"][0]["text"]
        event = said.rpartition(" ")[2].rstrip("]")
        told = (await site.administer("/v1/audit/explain", event=event)).json
        assert told["type"] == "call.refused"
        assert told["explanation"].startswith("Refused by the constraints check")

    tell(tale)


@pytest.mark.parametrize("event", ["", "evt_0", "' OR 1=1 --", "x" * 5000])
def test_an_event_that_is_not_there_is_not_found(tell: Tell, event: str) -> None:
    async def tale(site: Site) -> None:
        assert (await site.administer("/v1/audit/explain", event=event)).status == 404

    tell(tale)
