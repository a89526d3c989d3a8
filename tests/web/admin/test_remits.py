import pytest

from tests.site import Site
from tests.web.admin.conftest import Tell


def test_a_remit_is_shown_with_its_authority(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        shown = (await site.administer("/v1/remits/show", name="take-notes")).json
        assert (shown["state"], shown["agent"]) == ("active", "ada")
        (entry,) = shown["authority"]
        assert entry["server"] == "notes"
        assert entry["tools"]["write_note"] == [{"argument": "size", "at_most": 10}]
        assert shown["authority_hash"].startswith("sha-256:")
        (listed,) = (await site.administer("/v1/remits/list")).json
        assert set(listed["tools"]) == {"notes/read_note", "notes/write_note"}

    tell(tale)


@pytest.mark.parametrize(("step", "is_final"), [("suspend", False), ("complete", True)])
def test_a_remit_that_is_not_active_permits_nothing(tell: Tell, step: str, is_final: bool) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        changed = await site.administer(f"/v1/remits/{step}", name="take-notes", reason="test")
        assert changed.status == 200
        assert (await site.call(proofs, token, "read_note", {"id": 1})).status == 401
        refused = await site.ask_token(proofs.make("POST", site.url + "/token", None))
        assert refused.status == 400
        again = await site.administer("/v1/remits/reinstate", name="take-notes", reason="test")
        assert again.status == (409 if is_final else 200)
        assert (await site.call(proofs, token, "read_note", {"id": 1})).status == 401

    tell(tale)


def test_a_remit_that_was_stopped_stays_so(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        for _ in range(2):
            # A kill switch does not ask whether it was thrown before.
            stopped = await site.administer("/v1/remits/stop", name="take-notes", reason="test")
            assert stopped.status in {200, 409}
        for step in ("reinstate", "complete", "suspend"):
            answer = await site.administer(f"/v1/remits/{step}", name="take-notes", reason="test")
            assert answer.status == 409
        shown = (await site.administer("/v1/remits/show", name="take-notes")).json
        assert shown["state"] == "stopped"

    tell(tale)


def test_a_remit_that_is_not_there_is_not_found(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        assert (await site.administer("/v1/remits/show", name="x")).status == 404
        assert (await site.administer("/v1/remits/stop", name="x", reason="test")).status == 404

    tell(tale)
