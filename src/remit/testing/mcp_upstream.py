"""An MCP server for tests: it lists the definitions it is given, and answers as it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from remit.kernel.canonical import Json, canonicalize, parse_strict_object
from remit.testing.upstream import FakeAnswer, ReceivedRequest


@dataclass(slots=True)
class FakeMCP:
    """Give `answer` to a FakeUpstream. `tools` may be changed while it runs: a rug pull.

    `called` holds the params of each tools/call; `calling` answers one, and by default says "ok".
    """

    tools: Sequence[Json]
    calling: Callable[[Mapping[str, Json]], FakeAnswer] | None = None
    called: list[Mapping[str, Json]] = field(default_factory=list)

    def answer(self, request: ReceivedRequest) -> FakeAnswer:
        """The answer to one POST."""
        message = parse_strict_object(request.body)
        params = message["params"]
        if not isinstance(params, Mapping):
            raise TypeError("params are an object")
        if message["method"] == "tools/list":
            return reply({"tools": list(self.tools), "resultType": "complete"})
        self.called.append(params)
        if self.calling is not None:
            return self.calling(params)
        return reply(text_result("ok"))


def text_result(text: str, *, is_error: bool = False) -> Mapping[str, Json]:
    """A tool's result of one text block."""
    content: Json = [{"type": "text", "text": text}]
    return {"content": content, "isError": is_error, "resultType": "complete"}


def result_message(result: Mapping[str, Json], request_id: int = 1) -> bytes:
    """The JSON-RPC response with this result; Remit sends every request with the id 1."""
    return canonicalize({"jsonrpc": "2.0", "id": request_id, "result": result})


def progress_message(progress: int) -> bytes:
    """A report of progress, under the token that Remit gives upstream."""
    params: Json = {"progress": progress, "progressToken": 1}
    return canonicalize({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})


def reply(result: Mapping[str, Json]) -> FakeAnswer:
    """The response in one piece."""
    return FakeAnswer(body=result_message(result))


def failure(code: int, message: str, status: int = 200) -> FakeAnswer:
    """A JSON-RPC error."""
    error: Json = {"code": code, "message": message}
    return FakeAnswer(status, body=canonicalize({"jsonrpc": "2.0", "id": 1, "error": error}))
