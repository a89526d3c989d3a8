"""Logs: registered names, plain values, one line each, and never a secret."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from remit.kernel.errors import Malformed
from remit.kernel.secret import Secret
from remit.telemetry.logs import MAX_TEXT_LENGTH, Log, UnloggableField, configure
from remit.telemetry.names import LogEvent

CANARY = "hunter2-canary"


class Noon:
    """A Clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, 0, 0, 1500, UTC)

    def monotonic(self) -> float:
        return 0.0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    """The process's logging as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def line(stream: io.StringIO) -> dict[str, Any]:
    text = stream.getvalue()
    assert text.count("\n") == 1
    return dict(json.loads(text))


def opened(level: str = "info") -> tuple[Log, io.StringIO]:
    stream = io.StringIO()
    return configure(level, stream=stream, clock=Noon()), stream


def test_a_line_is_one_json_object() -> None:
    log, stream = opened()
    log.notice(LogEvent.CALL_COMPLETED, agent="agt_x", duration_ms=1.5, http_status=200)
    assert line(stream) == {
        "event": "call.completed",
        "level": "info",
        "at": "2026-11-22T12:00:00.001Z",
        "agent": "agt_x",
        "duration_ms": 1.5,
        "http_status": 200,
    }


def test_a_bound_log_says_its_fields_on_every_line() -> None:
    log, stream = opened()
    log.bind(tenant="ten_root").bind(agent="agt_x").warning(LogEvent.CALL_REFUSED, error="denied")
    assert {"tenant", "agent", "error"} <= line(stream).keys()


def test_lines_below_the_level_are_not_written() -> None:
    log, stream = opened("warning")
    log.debug(LogEvent.STARTED)
    log.notice(LogEvent.STARTED)
    assert stream.getvalue() == ""
    log.error(LogEvent.AUDIT_FAILED)
    assert line(stream)["level"] == "error"


@pytest.mark.parametrize(
    "value",
    [
        Secret(CANARY),
        [Secret(CANARY)],
        {"a": CANARY},
        CANARY.encode(),
        (CANARY,),
        object(),
        {CANARY},
    ],
    ids=["secret", "secret in list", "mapping", "bytes", "tuple", "object", "set"],
)
def test_anything_but_a_plain_value_is_refused_and_not_quoted(value: Any) -> None:
    log, stream = opened()
    for say in (log.notice, log.bind(detail=value).notice):
        with pytest.raises(UnloggableField) as refusal:
            say(LogEvent.STARTED, detail=value)
        assert CANARY not in str(refusal.value)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", ["password", "token", "authorization", "exc_info", "stack_info"])
def test_an_unregistered_field_is_refused(name: str) -> None:
    log, stream = opened()
    fields: dict[str, Any] = {name: CANARY}
    with pytest.raises(UnloggableField, match=name):
        log.notice(LogEvent.STARTED, **fields)
    assert stream.getvalue() == ""


def test_an_unregistered_event_is_refused_whoever_says_it() -> None:
    _, stream = opened()
    for event in ("something happened", f"token {CANARY}"):
        with pytest.raises(UnloggableField, match="event"):
            structlog.get_logger().info(event)
    assert stream.getvalue() == ""


def test_of_a_failure_the_type_and_place_are_said_and_nothing_else() -> None:
    log, stream = opened()
    try:
        raise ValueError(f"cannot parse {CANARY}")
    except ValueError as failure:
        log.error(LogEvent.REQUEST_FAILED, failure=failure)
    said = line(stream)
    assert said["exception"] == "builtins.ValueError"
    assert "test_logs.py" in said["raised_at"]
    assert CANARY not in stream.getvalue()


def test_of_our_own_failures_the_detail_is_said_too() -> None:
    log, stream = opened()
    log.error(LogEvent.REQUEST_FAILED, failure=Malformed("no object"))
    said = line(stream)
    assert (said["exception"], said["detail"]) == ("remit.kernel.errors.Malformed", "no object")
    assert "raised_at" not in said


def test_a_failure_that_is_none_is_refused() -> None:
    log, _ = opened()
    fields: dict[str, Any] = {"failure": CANARY}
    with pytest.raises(UnloggableField):
        log.error(LogEvent.REQUEST_FAILED, **fields)


def test_a_line_cannot_be_forged_or_grow_without_end() -> None:
    log, stream = opened()
    log.notice(
        LogEvent.CALL_REFUSED, detail='x"}\n{"event":"remit.started"}\r\u2028\x1b[2J' + "y" * 9999
    )
    said = line(stream)
    assert said["event"] == "call.refused"
    assert len(said["detail"]) == MAX_TEXT_LENGTH
    assert stream.getvalue().isascii()
    assert "\x1b" not in stream.getvalue()


def test_a_person_reads_colours_and_no_control_sequences_of_strangers() -> None:
    stream = Terminal()
    log = configure(stream=stream, clock=Noon())
    log.notice(LogEvent.CALL_REFUSED, detail="a\nb\x1b[2J\u202e", agent="agt_x")
    text = stream.getvalue()
    assert "\x1b[" in text
    assert text.count("\n") == 1
    assert "call.refused" in text
    assert r"a\nb\x1b[2J\u202e" in text
    assert "\x1b[2J" not in text


def test_the_form_can_be_chosen() -> None:
    stream = Terminal()
    configure(stream=stream, json=True).notice(LogEvent.STARTED)
    assert line(stream)["event"] == "remit.started"
    plain = io.StringIO()
    configure(stream=plain, json=False).notice(LogEvent.STARTED)
    assert "remit.started" in plain.getvalue()
    assert "\x1b" not in plain.getvalue()


@pytest.mark.parametrize(
    ("level", "said_level"), [(logging.WARNING, "warning"), (logging.CRITICAL, "error")]
)
def test_a_librarys_warning_is_said_without_its_words(level: int, said_level: str) -> None:
    _, stream = opened()
    logging.getLogger("somelibrary").log(level, "GET https://x/?key=%s", CANARY)
    said = line(stream)
    assert (said["event"], said["level"]) == ("library.warned", said_level)
    assert said["source"].startswith("somelibrary:")
    assert CANARY not in stream.getvalue()
    assert "https" not in stream.getvalue()


def test_a_librarys_chatter_is_not_said() -> None:
    _, stream = opened("debug")
    logging.getLogger("somelibrary").info("hello")
    assert stream.getvalue() == ""
