import pytest

from remit.cli.demonstration.teller import Teller
from remit.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_story_whose_promises_are_kept_is_told(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(clock)
    teller.title("A part")
    teller.tell("ada", "begins")
    teller.expect("remit", "refuses", True, 403)
    assert teller.end()
    said = capsys.readouterr().out.splitlines()
    assert "A part" in said
    assert any(line.endswith("ada     begins") for line in said)
    assert any(line.endswith("refuses: 403  ok") for line in said)
    assert said[-1].startswith("All of it happened: 1 of 1, in ")


def test_one_promise_that_is_not_kept_spoils_the_story(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(clock)
    teller.expect("remit", "refuses", False, 200)
    teller.expect("ada", "works", True)
    assert teller.failures == ["refuses: 200"]
    assert not teller.end()
    said = capsys.readouterr().out
    assert "refuses: 200  NOT SO" in said
    assert "NOT SO: refuses: 200" in said
    assert "Not all of it happened: 1 of 2" in said


def test_a_story_that_promises_nothing_has_not_been_told(clock: FakeClock) -> None:
    teller = Teller(clock)
    teller.tell("ada", "does nothing")
    assert not teller.end()


def test_what_was_seen_stays_on_its_line(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(clock)
    teller.expect("desk", "says much", True, "word\n" * 100)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("...  ok")
    assert len(line) < 140


def test_nothing_is_coloured_where_nobody_looks(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(clock)
    for who in ("ada", "alice", "somebody"):
        teller.expect(who, "does", who == "ada")
    teller.end()
    assert "\x1b" not in capsys.readouterr().out


def test_what_an_upstream_said_moves_no_cursor(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(clock)
    teller.expect("desk", "says", False, "a\x1b[2Jb\x9bc")
    teller.end()
    assert not {"\x1b", "\x9b"} & set(capsys.readouterr().out)


def test_the_time_is_told_from_the_beginning(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.advance(100)
    teller = Teller(clock)
    clock.advance(2.5)
    teller.tell("ada", "begins")
    assert capsys.readouterr().out.startswith("  2.50s")
