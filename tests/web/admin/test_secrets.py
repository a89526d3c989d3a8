import pytest

from remit.kernel.errors import Malformed
from remit.web.admin.secrets import NewValue, secret_value
from tests.site import CREDENTIAL, Site
from tests.web.admin.conftest import Tell

CANARY = "canary-value-9f8e7d6c5b4a"


def test_no_action_gives_a_value_out(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        answers = [
            await site.administer("/v1/secrets/set", name="canary", value=CANARY),
            await site.administer("/v1/secrets/set", name="canary", value=CANARY + "2"),
            await site.administer("/v1/secrets/set", name="not a name", value=CANARY),
            await site.administer("/v1/secrets/set", name="other", value=CANARY + "\u00e9"),
            await site.administer("/v1/secrets/set", name="other", value=CANARY, extra=CANARY),
            await site.administer("/v1/secrets/list"),
            await site.administer("/v1/secrets/disable", name="canary", version=1),
            await site.administer("/v1/audit/tail", count=1000),
        ]
        assert [each.status for each in answers] == [200, 200, 400, 400, 400, 200, 200, 200]
        assert not [each for each in answers if CANARY.encode() in each.body]

    tell(tale)


def test_the_newest_version_is_what_calls_carry(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        carried = []
        for value in (None, "second-0123456789"):
            if value is not None:
                await site.administer("/v1/secrets/set", name="notes-key", value=value)
            assert (await site.call(proofs, token, "read_note", {"id": 1})).status == 200
            carried.append(site._upstream.requests[-1].header("authorization"))
        assert carried == [f"Bearer {CREDENTIAL}", "Bearer second-0123456789"]
        for version in (1, 2):
            await site.administer("/v1/secrets/disable", name="notes-key", version=version)
        # Without a version, nothing is sent: not even without a credential.
        before = len(site.mcp.called)
        await site.call(proofs, token, "read_note", {"id": 1})
        assert len(site.mcp.called) == before

    tell(tale)


def test_what_is_destroyed_does_not_come_back(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        await site.administer("/v1/secrets/set", name="canary", value=CANARY)
        gone = await site.administer("/v1/secrets/destroy", name="canary", version=1)
        assert gone.json["versions"] == ["1 destroyed"]
        back = await site.administer("/v1/secrets/enable", name="canary", version=1)
        assert back.status == 409
        assert (await site.administer("/v1/secrets/disable", name="x", version=1)).status == 404
        nothing = await site.administer("/v1/secrets/disable", name="canary", version=9)
        assert nothing.status in {404, 409}

    tell(tale)


def test_a_value_is_in_no_representation() -> None:
    assert CANARY not in repr(NewValue(name="x", value=CANARY))
    assert CANARY not in repr(secret_value(CANARY))
    with pytest.raises(Malformed) as refused:
        secret_value(CANARY + "\u00e9")
    assert CANARY not in refused.value.detail
