"""YAML as plain data: what is clever or ambiguous is refused, with the line that it stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.manifest.yaml import MAX_BYTES, MAX_DEPTH, ManifestError, read_yaml


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: &x 1\nb: *x", 1, "anchors"),
        ("a: 1\nb: &x {c: 1}", 2, "anchors"),
        ("a: 1\nb: *x", 2, "anchors"),
        ("a: !!str 5", 1, "tags"),
        ("a:\n  - ! 5", 2, "tags"),
        ("a: !secret {b: 1}", 1, "tags"),
        ("a: !!python/object/apply:os.system [id]", 1, "tags"),
        ("a: !!binary aGk=", 1, "tags"),
        ("%YAML 1.1\n---\na: yes", 2, "directives"),
        ("%TAG ! tag:example.com,2000:\n---\na: 1", 2, "directives"),
        ("a:\n  <<: {b: 1}", 2, "key"),
        ("a: 1\n? [b]\n: c", 2, "key"),
        ("a: 1\nb: 2\na: 3", 3, "twice"),
        ('a: 1\n"a": 3', 2, "twice"),
        ("a: 010", 1, "quotes"),
        ("a: 0x1F", 1, "quotes"),
        ("a: 0o17", 1, "quotes"),
        ("a: 1_000", 1, "quotes"),
        ("a: 1_0.5", 1, "quotes"),
        ("a: .inf", 1, "quotes"),
        ("a: .nan", 1, "quotes"),
        ("a: 1e999", 1, "quotes"),
        ("a: TRUE", 1, "quotes"),
        ("a: =", 1, "quotes"),
        ("a: " + "9" * 5000, 1, "quotes"),
        ('a: "\\ud800"', 1, "UTF-8"),
        ("a: b: c", 1, "not allowed"),
        ("a: 1\n\t- x", 2, "cannot start"),
        ("a: [1, 2\nb: 3", 2, "expected"),
        ("a: {", 1, "expected"),
    ],
)
def test_what_is_more_than_plain_data_is_refused_at_its_line(
    text: str, line: int, said: str
) -> None:
    with pytest.raises(ManifestError) as refused:
        read_yaml(text, "file.yaml")
    assert refused.value.detail.startswith(f"file.yaml:{line}: ")
    assert said in refused.value.detail
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize("text", ["a: \0", "a: \x07", "a: \ud800"])
def test_text_that_yaml_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match=r"^file\.yaml:1: "):
        read_yaml(text, "file.yaml")


def test_text_beyond_the_limits_is_refused() -> None:
    with pytest.raises(ManifestError, match="larger"):
        read_yaml("# " + "x" * MAX_BYTES, "file.yaml")
    deep = "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    with pytest.raises(ManifestError, match="nested"):
        read_yaml(deep, "file.yaml")
    with pytest.raises(ManifestError, match="nested"):
        read_yaml("{a: " * 20_000, "file.yaml")
    assert read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "file.yaml")


def test_an_expansion_bomb_is_refused_before_it_expands() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(ManifestError, match="anchors"):
        read_yaml(bomb, "file.yaml")


def test_plain_values_are_what_they_look_like() -> None:
    (document,) = read_yaml(
        "text: hello\nquoted: '010'\nnumber: -12\nzero: 0\nhalf: 0.5\nyes: true\nno: false\n"
        "nothing: null\ntilde: ~\nwhen: 2026-01-01T00:00:00Z\ntime: 1:30\nlist: [a, 1]\n"
        "block: |\n  one\n  two\n1: one\n",
        "file.yaml",
    )
    assert document.content == {
        "text": "hello",
        "quoted": "010",
        "number": -12,
        "zero": 0,
        "half": 0.5,
        "yes": True,
        "no": False,
        "nothing": None,
        "tilde": None,
        "when": "2026-01-01T00:00:00Z",
        "time": "1:30",
        "list": ["a", 1],
        "block": "one\ntwo\n",
        "1": "one",
    }


def test_documents_are_separate_and_empty_ones_left_out() -> None:
    found = read_yaml("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n", "file.yaml")
    assert [each.content for each in found] == [{"a": 1}, {"b": 2}]
    assert read_yaml("", "file.yaml") == []


def test_every_value_knows_its_line_and_what_is_not_there_the_nearest() -> None:
    (document,) = read_yaml("\na:\n  - b: 1\n    c:\n      2\n  - d\n", "file.yaml")
    assert document.line_of(("a",)) == 2
    assert document.line_of(("a", 0, "b")) == 3
    assert document.line_of(("a", 0, "c")) == 4
    assert document.line_of(("a", 1)) == 6
    assert document.line_of(("a", 0, "missing", "deeper")) == 3
    assert document.line_of(("nothing",)) == 2
    assert document.fault(("a", 1), "is odd").detail == "file.yaml:6: is odd"


def is_read_or_refused(text: str) -> bool:
    try:
        return isinstance(read_yaml(text, "file.yaml"), list)
    except ManifestError as refused:
        return refused.detail.startswith("file.yaml:")


@given(st.text(max_size=200))
def test_no_text_is_worse_than_refused(text: str) -> None:
    assert is_read_or_refused(text)


@given(st.lists(st.sampled_from("-:{}[]&*!|>'\"%@`#?,~ \n\tab01"), max_size=60).map("".join))
def test_no_arrangement_of_yamls_own_characters_is_worse_than_refused(text: str) -> None:
    assert is_read_or_refused(text)


def test_the_lines_of_a_text_are_counted_from_where_it_begins() -> None:
    text = "block: |\n  one\n  two\nplain: one\nquoted: 'one'\nbelow:\n  'one'\nlist:\n- |\n  one\n"
    (document,) = read_yaml(text, "file.yaml")
    assert document.line_in(("block",), 1) == 2
    assert document.line_in(("block",), 2) == 3
    assert document.line_in(("plain",), 1) == 4
    assert document.line_in(("quoted",), 1) == 5
    assert document.line_in(("below",), 1) == 7
    assert document.line_in(("list", 0), 1) == 10
    assert document.line_in(("missing",), 1) == 1
