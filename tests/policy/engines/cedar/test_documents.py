"""Documents are read policy by policy; what is refused names its document and line."""

import pytest

from remit.policy.engine import PoliciesInvalid, PolicyDocument
from remit.policy.engines.cedar import documents
from remit.policy.engines.cedar.documents import read_documents

ANY = "permit (principal, action, resource)"


def read(*texts):
    names = [f"doc{number}" for number in range(len(texts))]
    return read_documents(
        [PolicyDocument(name, text) for name, text in zip(names, texts, strict=True)]
    )


def faults(*texts):
    with pytest.raises(PoliciesInvalid) as caught:
        read(*texts)
    return [(fault.document, fault.line, fault.message) for fault in caught.value.faults]


def test_policies_have_their_id_their_line_and_their_text():
    first, second = read(f'// one; "two\n\n@id("guard.a")\n{ANY};\n{ANY} when {{ "a;//" == "b" }};')
    assert (first.id, first.line, first.permits) == ("guard.a", 3, True)
    assert (second.id, second.line) == ("doc0.2", 5)
    assert second.text == f'{ANY} when {{ "a;//" == "b" }};'


def test_a_document_may_be_empty_or_comments_alone():
    assert read("", "  \n// nothing yet") == ()


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (f"\n{ANY}", 2, "ends with"),
        (f"{ANY};\n\n forbid (;", 3, "unexpected"),
        (f"{ANY};\n\nnonsense;", 3, "unexpected"),
        (";", 1, "unexpected"),
        (f'@id("a b")\n{ANY};', 1, "@id"),
        (f'@id("")\n{ANY};', 1, "@id"),
        (f'@id("a\\nb")\n{ANY};', 1, "@id"),
        ("permit (principal == ?principal, action, resource);", 1, "template"),
        ('permit (principal == Agent::"ada", action, resource);', 1, "entity type: Agent"),
        ('permit (principal, action == Action::"mint", resource);', 1, "entity type: Action"),
        ("permit (principal, action, resource is Remit::Tols);", 1, "entity type: Remit::Tols"),
        (f"{ANY} when {{ {'(' * 40}true{')' * 40} }};", 1, "nested deeper"),
        (f"{ANY} when {{ true{' && true' * 300} }};", 1, "operators"),
        (f"{ANY} when {{ context has a{'.a' * 500} }};", 1, "operators"),
        (f'{ANY} when {{ "{"x" * 20_000}" == "" }};', 1, "longer than"),
        (f'{ANY} when {{ "\ud800" == "" }};', 1, "utf-8"),
        ("x" * 300_000, 1, "longer than"),
    ],
)
def test_a_fault_names_its_line(text, line, word):
    ((document, at, message), *_) = faults(text)
    assert (document, at) == ("doc0", line)
    assert word in message


def test_brackets_cannot_hide_from_the_count():
    # A comment ends at a carriage return too: what follows is text to Cedar's parser.
    hidden = f"{ANY} when {{ // \r {'(' * 4000}true{')' * 4000} }};"
    assert "nested deeper" in faults(hidden)[0][2]


def test_doubled_ids_are_refused_whichever_documents_they_are_in():
    one = f'@id("a")\n{ANY};'
    assert faults(one + one)[0][1:] == (2, "its id is already that of the policy at doc0:1")
    assert faults(one, "\n" + one)[0] == (
        ("doc1", 2, "its id is already that of the policy at doc0:1")
    )
    assert faults(f'@id("doc1.1")\n{ANY};', f"{ANY};")[0][0] == "doc1"


def test_all_faults_are_told_at_once():
    assert len(faults("nonsense;", f"{ANY}")) == 2


def test_there_is_a_limit_to_the_number_of_policies(monkeypatch):
    monkeypatch.setattr(documents, "MAX_POLICIES", 1)
    assert "more than 1 policies" in faults(f"{ANY};{ANY};")[0][2]
