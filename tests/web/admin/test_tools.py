from tests.site import CREDENTIAL, Site
from tests.web.admin.conftest import Tell


def test_tools_are_listed_with_what_is_pinned(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        # The first call looks at the definitions, where nobody has looked before.
        await site.call(proofs, await site.obtain_token(proofs), "read_note", {"id": 1})
        rows = (await site.administer("/v1/tools/list")).json
        assert {row["tool"]: row["risk"] for row in rows} == {
            "read_note": "read", "write_note": "write", "purge_notes": "admin",
        }  # fmt: skip
        assert {row["pin"] for row in rows} == {"holds"}
        assert {row["digest"].startswith("sha256:") for row in rows} == {True}

    tell(tale)


def test_a_tool_server_is_shown_without_its_secrets_value(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        shown = await site.administer("/v1/tools/show", server="notes")
        assert (shown.json["secret"], shown.json["protocol"]) == ("notes-key", "mcp")
        assert CREDENTIAL.encode() not in shown.body
        assert (await site.administer("/v1/tools/show", server="x")).status == 404

    tell(tale)


def test_nobody_reaches_a_retired_tool_server(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        token = await site.obtain_token(proofs)
        retired = await site.administer("/v1/tools/retire", server="notes", reason="test")
        assert retired.json["retired"] is True
        assert (await site.call(proofs, token, "read_note", {"id": 1})).status in {401, 404}
        assert site.mcp.called == []
        refused = await site.ask_token(proofs.make("POST", site.url + "/token", None))
        assert (refused.status, refused.json["error"]) == (400, "invalid_target")
        assert (await site.administer("/v1/tools/list")).json == []

    tell(tale)
