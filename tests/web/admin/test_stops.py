import pytest

from tests.site import Site
from tests.web.admin.conftest import Tell


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "agent", "reason": "test"},
        {"kind": "everything", "name": "ada", "reason": "test"},
        {"kind": "issuer", "name": "platform", "reason": "test"},
        {"kind": "agent", "name": "ada"},
        {"kind": "agent", "name": "ada", "reason": ""},
    ],
)
def test_what_is_to_be_stopped_is_said_in_full(tell: Tell, asked: dict[str, str]) -> None:
    async def tale(site: Site) -> None:
        assert (await site.administer("/v1/stops/stop", **asked)).status == 400
        assert (await site.administer("/v1/stops/list")).json == []

    tell(tale)


@pytest.mark.parametrize("kind", ["agent", "remit", "tool"])
def test_what_is_not_there_is_not_said_to_be_stopped(tell: Tell, kind: str) -> None:
    async def tale(site: Site) -> None:
        answer = await site.administer("/v1/stops/stop", kind=kind, name="nobody", reason="test")
        assert answer.status == 404

    tell(tale)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("agent", "ada"), ("remit", "take-notes"), ("tool", "notes"), ("everything", None)],
)
def test_a_stop_is_in_force_when_it_is_answered_and_lifted_by_itself_alone(
    tell: Tell, kind: str, name: str | None
) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        target = {"kind": kind, "reason": "test"} | ({} if name is None else {"name": name})
        first = (await site.administer("/v1/stops/stop", **target)).json
        second = (await site.administer("/v1/stops/stop", **target)).json
        assert (await site.call(proofs, token, "read_note", {"id": 1})).status in {401, 403}
        assert site.mcp.called == []
        lifted = await site.administer("/v1/stops/lift", stop=first["id"], reason="test")
        assert lifted.json["lifted_at"] is not None
        # One of two stands.
        endpoint = site.url + "/token"
        assert (await site.ask_token(proofs.make("POST", endpoint, None))).status == 400
        await site.administer("/v1/stops/lift", stop=second["id"], reason="test")
        assert (await site.administer("/v1/stops/list")).json == []
        assert len((await site.administer("/v1/stops/list", lifted=True)).json) == 2
        # The token of before is dead, whatever was lifted.
        assert (await site.call(proofs, token, "read_note", {"id": 1})).status == 401
        await site.obtain_token(proofs)

    tell(tale)


def test_a_stop_is_lifted_once_and_only_if_it_is_there(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        placed = await site.administer("/v1/stops/stop", kind="everything", reason="test")
        lift = {"stop": placed.json["id"], "reason": "test"}
        assert (await site.administer("/v1/stops/lift", **lift)).status == 200
        assert (await site.administer("/v1/stops/lift", **lift)).status == 409
        unknown = {"stop": "stp_0", "reason": "test"}
        assert (await site.administer("/v1/stops/lift", **unknown)).status == 404

    tell(tale)
