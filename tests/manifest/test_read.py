"""From text to documents: each fault at its line, all of them at once, nothing unknown taken."""

import pytest

from remit.manifest.documents import HumanDocument, RemitDocument, SecretDocument
from remit.manifest.read import read_manifest, verify_distinct
from remit.manifest.yaml import ManifestError
from tests.manifest.scene import AGENT, EVERYTHING, HUMAN, REMIT, SECRET, SERVER, read


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (HUMAN.replace("email", "eMail"), 5, "spec: Object contains unknown field `eMail`"),
        (HUMAN.replace("apiVersion", "apiversion"), 2, "`apiversion`"),
        (HUMAN + "owner: alice\n", 6, "unknown field `owner`"),
        (SERVER + "  timeOutSeconds: 5\n", 11, "spec: Object contains unknown field"),
        (HUMAN.replace("remit/v1", "remit/v2"), 2, "apiVersion"),
        (HUMAN.replace("Human", "Person"), 3, "kind"),
        (HUMAN.replace("kind: Human\n", ""), 2, "kind"),
        (HUMAN.replace("name: bob", "name: Bob"), 4, "metadata.name"),
        (HUMAN.replace("name: bob", "name: bob, id: hum_1"), 4, "metadata"),
        (HUMAN.replace("name: bob", "name: 5"), 4, "metadata.name"),
        ("- a\n- b", 1, "Expected `object`"),
        ("just text", 1, "Expected `object`"),
        (AGENT.replace('{sub: "repo:ada"}', "{sub: 5}"), 11, "spec.identities.0.claims"),
        (AGENT.replace('{sub: "repo:ada"}', "{}"), 11, "spec.identities.0.claims"),
        (AGENT.replace("purposes: [support]", "purposes: []"), 8, "spec.purposes"),
        (SERVER.replace("risk: write", "risk: wild"), 10, "spec.tools.1.risk"),
        (SERVER.replace("protocol: mcp", "protocol: soap"), 6, "spec.protocol"),
        (SERVER + "  timeoutSeconds: 0\n", 11, "spec.timeoutSeconds"),
        (SERVER + "  timeoutSeconds: yes\n", 11, "spec.timeoutSeconds"),
        (REMIT.replace("atMost: 10", 'atMost: "10"'), 13, "atMost"),
        (REMIT.replace("atMost: 10", "atMost: 10.5"), 13, "atMost"),
        (SECRET.replace("environment: NOTES_KEY", "value: hunter2"), 5, "spec.from"),
    ],
)
def test_a_faulty_document_is_refused_at_the_line_of_its_fault(
    text: str, line: int, said: str
) -> None:
    with pytest.raises(ManifestError) as refused:
        read(text)
    assert refused.value.detail.startswith(f"test.yaml:{line}: "), refused.value.detail
    assert said in refused.value.detail


def test_all_faulty_documents_are_told_at_once() -> None:
    one, two = HUMAN.replace("email", "mail"), SECRET.replace("from", "form")
    with pytest.raises(ManifestError) as refused:
        read(f"{one}---{HUMAN}---{two}---{HUMAN}")
    first, second, third = refused.value.detail.split("\n")
    assert "`mail`" in first
    assert "spec" in second
    assert "Human bob: is declared already, at test.yaml:9" in third


def test_a_secret_in_a_document_is_not_repeated_in_its_fault() -> None:
    with pytest.raises(ManifestError) as refused:
        read(SECRET.replace("environment: NOTES_KEY", "value: hunter2"))
    assert "hunter2" not in refused.value.detail


def test_documents_come_in_the_order_of_the_file_and_know_where_they_stand() -> None:
    declared = read(f"{HUMAN}---{SECRET}---{REMIT}")
    kinds = [type(each.document) for each in declared]
    assert kinds == [HumanDocument, SecretDocument, RemitDocument]
    assert [each.kind for each in declared] == ["Human", "Secret", "Remit"]
    fault = declared[1].fault(("spec", "from"), "is odd")
    assert fault.detail == "test.yaml:10: Secret notes-key: is odd"


def test_the_same_name_of_two_kinds_is_two_things() -> None:
    assert len(read(f"{HUMAN}---{SECRET.replace('notes-key', 'bob')}")) == 2


def test_documents_of_several_files_are_declared_once_in_all() -> None:
    one, two = read(EVERYTHING, "one.yaml"), read(HUMAN, "two.yaml")
    assert verify_distinct([*one]) == [*one]
    with pytest.raises(ManifestError, match=r"^two\.yaml:4: Human bob: .*at one\.yaml:\d+$"):
        verify_distinct([*one, *two])


def test_an_empty_file_declares_nothing() -> None:
    assert read_manifest("\n# nothing yet\n", "test.yaml") == []
