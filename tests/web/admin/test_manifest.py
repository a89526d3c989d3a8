import pytest

from tests.site import CREDENTIAL, Site
from tests.web.admin.conftest import Tell


def test_what_is_as_declared_is_not_changed_again(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        rows = await site.apply(site.manifest())
        assert {row["change"] for row in rows} == {"unchanged"}

    tell(tale)


def test_a_dry_run_changes_nothing(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        head = await site.parts.journal.head()
        rows = await site.apply(site.manifest().replace("notes]", "notes, more]"), dry_run=True)
        assert any(row["change"] != "unchanged" for row in rows)
        assert await site.parts.journal.head() == head

    tell(tale)


@pytest.mark.parametrize(
    "text",
    [
        "kind: Agent",
        "apiVersion: remit/v1\nkind: Nothing\nmetadata: {name: x}\nspec: {}",
        "a: &a [*a]",
        "{" * 2000,
        "!!python/object/apply:os.system ['true']",
    ],
)
def test_a_document_that_cannot_be_meant_changes_nothing(tell: Tell, text: str) -> None:
    async def tale(site: Site) -> None:
        source = {"name": "bad.yaml", "text": text}
        good = {"name": "good.yaml", "text": site.manifest().replace("notes]", "notes, more]")}
        answer = await site.administer("/v1/manifest/apply", sources=[good, source])
        assert answer.status == 400
        assert "bad.yaml" in answer.json["detail"]
        assert b"Traceback" not in answer.body
        shown = (await site.administer("/v1/agents/show", name="ada")).json
        assert shown["purposes"] == ["notes"]

    tell(tale)


def test_the_values_of_secrets_are_in_no_answer_and_no_record(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        source = {"name": "x.yaml", "text": site.manifest()}
        answers = [
            await site.administer(
                "/v1/manifest/apply", sources=[source], values=values, rotate_secrets=True
            )
            for values in ({"notes-key": CREDENTIAL}, {"notes-key": CREDENTIAL + "\n"}, {})
        ]
        assert not [answer for answer in answers if CREDENTIAL.encode() in answer.body]
        records = await site.administer("/v1/audit/tail", count=1000)
        assert CREDENTIAL.encode() not in records.body

    tell(tale)
