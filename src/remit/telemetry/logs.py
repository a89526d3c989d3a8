"""Logs: one JSON object a line, or coloured text for a person at a terminal.

A line says a registered event with registered fields, each a plain value; a Secret, an unknown name
or a rich object raises UnloggableField where it is logged (the type checker finds most before).
Of an exception only its type and place are logged, and a RemitError's `detail`: the messages of
other people's exceptions, and other libraries' log lines, may quote what must not be here.
"""

import logging
import sys
from collections.abc import MutableMapping
from json import dumps
from traceback import extract_tb
from typing import Any, TextIO, TypeAlias, Unpack, final

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.typing import FilteringBoundLogger, Processor

from remit.kernel.clock import Clock, SystemClock
from remit.kernel.errors import RemitError
from remit.telemetry.names import ADDED_FIELDS, LOG_FIELDS, LogEvent, LogFields

Line: TypeAlias = MutableMapping[str, Any]

MAX_TEXT_LENGTH = 2048
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_EVENTS = frozenset(LogEvent)
_ALLOWED_FIELDS = LOG_FIELDS | ADDED_FIELDS


class UnloggableField(TypeError):
    """A programming error: this field must not be logged so. Its value is not said."""


@final
class Log:
    """What the parts of Remit log with: events by name, fields by name, nothing else."""

    __slots__ = ("_bound",)

    def __init__(self, bound: FilteringBoundLogger | None = None) -> None:
        self._bound: FilteringBoundLogger = structlog.get_logger() if bound is None else bound

    def bind(self, **fields: Unpack[LogFields]) -> "Log":
        """A log whose every line has these fields too."""
        return Log(self._bound.bind(**fields))

    def debug(self, event: LogEvent, **fields: Unpack[LogFields]) -> None:
        self._bound.debug(event, **fields)

    def notice(self, event: LogEvent, **fields: Unpack[LogFields]) -> None:
        self._bound.info(event, **fields)

    def warning(self, event: LogEvent, **fields: Unpack[LogFields]) -> None:
        self._bound.warning(event, **fields)

    def error(self, event: LogEvent, **fields: Unpack[LogFields]) -> None:
        self._bound.error(event, **fields)


def configure(
    level: str = "info",
    *,
    json: bool | None = None,
    stream: TextIO | None = None,
    clock: Clock | None = None,
) -> Log:
    """Set up the process's log, on stderr unless said otherwise; JSON unless that is a terminal.

    Called once, where the parts are put together; libraries' own warnings are led here too.
    """
    sink = stream or sys.stderr
    as_json = not sink.isatty() if json is None else json
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _stamper(clock or SystemClock()),
            _describe_failure,
            _refuse_unloggable,
            *([_render_json] if as_json else [_make_printable, _console(sink)]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sink),
        cache_logger_on_first_use=False,
    )
    log = Log()
    logging.basicConfig(handlers=[_Libraries(log)], level=logging.WARNING, force=True)
    return log


class _Libraries(logging.Handler):
    """Says that a library warned, and where: its message may quote what it was working on."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        say = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        say(LogEvent.LIBRARY_WARNED, source=f"{record.name}:{record.funcName}:{record.lineno}")


def _stamper(clock: Clock) -> Processor:
    def stamp(_: Any, __: str, line: Line) -> Line:
        line["at"] = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return line

    return stamp


def _describe_failure(_: Any, __: str, line: Line) -> Line:
    failure = line.pop("failure", None)
    if failure is None:
        return line
    if not isinstance(failure, BaseException):
        raise UnloggableField("failure")
    line["exception"] = f"{type(failure).__module__}.{type(failure).__qualname__}"
    if frames := extract_tb(failure.__traceback__)[-1:]:
        line["raised_at"] = f"{frames[0].filename}:{frames[0].lineno} in {frames[0].name}"
    if isinstance(failure, RemitError):
        line.setdefault("detail", failure.detail)
    return line


def _refuse_unloggable(_: Any, __: str, line: Line) -> Line:
    if line.get("event") not in _EVENTS:
        raise UnloggableField("event")
    for name, value in line.items():
        if name not in _ALLOWED_FIELDS:
            raise UnloggableField(name)
        if isinstance(value, str):
            line[name] = value[:MAX_TEXT_LENGTH]
        elif value is not None and not isinstance(value, (bool, int, float)):
            # A Secret, bytes, a mapping, a model: whatever it is, it is more than a plain value.
            raise UnloggableField(name)
    return line


def _render_json(_: Any, __: str, line: Line) -> str:
    return dumps(line)


def _make_printable(_: Any, __: str, line: Line) -> Line:
    # A terminal obeys escape sequences, and a forged line break would look like a line of ours.
    for name, value in line.items():
        if isinstance(value, str) and not value.isprintable():
            line[name] = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    return line


def _console(sink: TextIO) -> Processor:
    return ConsoleRenderer(
        colors=sink.isatty(), timestamp_key="at", exception_formatter=plain_traceback
    )
