import json

import pytest

from remit.cli.output import Row, print_one, print_rows, printable

ROWS: list[Row] = [
    {"name": "ada", "made_at": None, "ready": True, "tools": ["a", "b"]},
    {"name": "a\x1b[2Jb\nc", "made_at": 3, "ready": False, "tools": [], "more": {"x": 1}},
]


def test_a_table_has_heads_and_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS[:1], ("name", "made_at", "ready", "tools"), "table")
    assert capsys.readouterr().out == "NAME  MADE AT  READY  TOOLS\nada   -        yes    a, b\n"


def test_an_empty_table_has_its_heads(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], ("name", "made_at"), "table")
    assert capsys.readouterr().out == "NAME  MADE AT\n"


def test_what_others_wrote_does_not_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, ("name",), "table")
    print_one(ROWS[1], "table")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "a\ufffd[2Jb\ufffdc" in printed


def test_a_list_of_others_words_does_not_move_it_either(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_one({"said": ["\x1b[2J", "\r"], "deep": {"x": "\x1b"}}, "table")
    assert "\x1b" not in capsys.readouterr().out


def test_json_is_whole_and_exact(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, ("name",), "json")
    assert json.loads(capsys.readouterr().out) == ROWS
    print_one(ROWS[1], "json")
    assert json.loads(capsys.readouterr().out) == ROWS[1]


def test_one_thing_is_told_a_member_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_one({"name": "ada", "made_at": 3, "more": {"x": [1]}}, "table")
    assert capsys.readouterr().out == 'name     ada\nmade at  3\nmore     {"x": [1]}\n'
    print_one({}, "table")
    assert capsys.readouterr().out == ""


# C0, DEL, C1 (one character that begins an escape sequence), bidi, a lone surrogate.
OBEYED = "\x1b[2J\x07\x7f\x9b2J\u202e\u2028\ud800"


@pytest.mark.parametrize("output", ["table", "json"])
def test_no_form_of_output_prints_what_a_terminal_obeys(
    output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row: Row = {"a": OBEYED, "b": [OBEYED], "c": {OBEYED: OBEYED}, "d": [[OBEYED]]}
    print_rows([row], tuple(row), output)
    print_one(row, output)
    printed = capsys.readouterr().out
    assert not set(OBEYED) & set(printed) - set("[2J")


def test_json_gives_back_what_a_terminal_obeys_exactly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = {"a": OBEYED + "\n\U0001f600\U000e0001 żółć"}
    print_one(row, "json")
    printed = capsys.readouterr().out
    assert json.loads(printed) == row
    assert "żółć" in printed


def test_a_cell_has_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"a": "x\nFORGED yes"}], ("a",), "table")
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_text_keeps_its_lines_and_loses_what_moves_the_cursor() -> None:
    assert printable("one\ntwo\x1b[1A\r") == "one\ntwo\ufffd[1A\ufffd"
