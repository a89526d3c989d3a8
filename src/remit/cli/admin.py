"""The line to a running server: JSON over the unix socket in its state directory."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from remit.cli.exits import Exit, exit_for, leave
from remit.settings import SettingsError, load_settings

_TIMEOUT_SECONDS = 120.0


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Administration:
    """Asks the server of one state directory; ends the command where the server refuses."""

    def __init__(self, directory: Path) -> None:
        try:
            settings = load_settings(directory)
        except SettingsError as problem:
            leave(Exit.INVALID, problem.detail)
        self._socket = directory / settings.administration.socket

    def ask(self, action: str, /, **asked: Any) -> Any:
        """What an action answers; members that are None are left out."""
        body = json.dumps({name: value for name, value in asked.items() if value is not None})
        connection = _SocketConnection(self._socket)
        try:
            connection.request("POST", action, body.encode(), {"content-type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read() or b"null")
        except (FileNotFoundError, ConnectionRefusedError):
            leave(Exit.UNAVAILABLE, f"no server listens at {self._socket}: run `remit serve`")
        except (OSError, http.client.HTTPException, ValueError) as problem:
            leave(Exit.UNAVAILABLE, f"{self._socket}: {problem}")
        finally:
            connection.close()
        if response.status != 200:
            leave(exit_for(response.status), _explain(answer, response.status))
        return answer


def _explain(problem: Any, status: int) -> str:
    if not isinstance(problem, dict):
        return f"the server answered {status}"
    said = problem.get("detail") or problem.get("title") or f"the server answered {status}"
    event = problem.get("event")
    return f"{said}\nwhy: remit explain {event}" if event else str(said)
