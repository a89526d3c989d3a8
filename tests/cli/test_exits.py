import pytest

from remit.cli.exits import Exit, exit_for, leave


def test_exit_codes_are_stable() -> None:
    # Scripts depend on these numbers.
    assert {code.name: code.value for code in Exit} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "FORBIDDEN": 3,
        "NOT_FOUND": 4,
        "CONFLICT": 5,
        "INVALID": 6,
        "UNAVAILABLE": 7,
        "NOT_VERIFIED": 8,
    }


@pytest.mark.parametrize(("status", "code"), [(404, 4), (409, 5), (500, 1), (418, 1), (200, 1)])
def test_a_refusal_never_counts_as_success(status: int, code: int) -> None:
    assert exit_for(status) == code


def test_the_last_word_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        leave(Exit.CONFLICT, "not now")
    assert ended.value.code == 5
    assert capsys.readouterr() == ("", "not now\n")


def test_the_last_word_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        leave(Exit.FAILED, "an upstream said\n\x1b[2J\x9b2J")
    assert capsys.readouterr().err == "an upstream said\n\ufffd[2J\ufffd2J\n"
