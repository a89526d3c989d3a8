"""Messages from a server, to one request of ours: its result, its error, or a notification before.

A server is not trusted: a request of its own, another request's id, an unknown result type or a
notification that does not belong on this stream is refused (Streamable HTTP, "Receiving Messages").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from remit.kernel.canonical import Json
from remit.mcp.errors import ReplyInvalid, RequestId
from remit.mcp.messages import SUBSCRIPTION_ID, MCPRequest
from remit.mcp.methods import ACKNOWLEDGED, LISTEN_NOTIFICATIONS, STREAM_NOTIFICATIONS

_MAX_MESSAGE = 4096


class ResultType(StrEnum):
    """What a result is (basic/index, ResultType). Extensions are not negotiated, so not known."""

    COMPLETE = "complete"
    INPUT_REQUIRED = "input_required"


@dataclass(frozen=True, slots=True)
class Result:
    """A result; `members` is without `resultType` and `_meta`, which are written anew."""

    type: ResultType
    unverified_members: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A JSON-RPC error of the server's. Its text is the server's, so untrusted."""

    code: int
    unverified_message: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServerNotification:
    """A notification on the stream of a request; `params` is without `_meta`."""

    method: str
    unverified_params: Mapping[str, Json] = field(repr=False)


Reply: TypeAlias = Result | Failure | ServerNotification

_MEMBERS = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
_RESULT_TYPES = {kind.value: kind for kind in ResultType}
_RETRIABLE = frozenset({"tools/call", "resources/read", "prompts/get"})


def parse_reply(body: Json, request: MCPRequest, sent_as: RequestId) -> Reply:
    """One message of the answer to `request`, which was sent with the id `sent_as`.

    `body` comes from `kernel.canonical.parse_strict`. Raises ReplyInvalid.
    """
    if not isinstance(body, dict) or not _MEMBERS.issuperset(body):
        raise ReplyInvalid("not one JSON-RPC object")
    if body.get("jsonrpc") != "2.0":
        raise ReplyInvalid("not JSON-RPC 2.0")
    kinds = [name for name in ("method", "result", "error") if name in body]
    if len(kinds) != 1:
        raise ReplyInvalid("not exactly one of a notification, a result and an error")
    if kinds == ["method"]:
        return _read_notification(body, request)
    if "params" in body:
        raise ReplyInvalid("a response with params")
    if kinds == ["error"]:
        return _read_failure(body, sent_as)
    _check_id(body.get("id"), sent_as)
    return _read_result(body["result"], request)


def _check_id(said: Json, sent_as: RequestId) -> None:
    # `1 == True == 1.0` in Python, not in JSON.
    if type(said) is not type(sent_as) or said != sent_as:
        raise ReplyInvalid("the answer to another request")


def _read_result(result: Json, request: MCPRequest) -> Result:
    if not isinstance(result, dict):
        raise ReplyInvalid("a result that is no object")
    stated = result.get("resultType", ResultType.COMPLETE.value)
    kind = _RESULT_TYPES.get(stated) if isinstance(stated, str) else None
    if kind is None:
        raise ReplyInvalid("an unknown result type")
    if kind is ResultType.INPUT_REQUIRED and request.method.name not in _RETRIABLE:
        raise ReplyInvalid("a request for input where the method has none")
    lists = request.method.lists
    if lists is not None and not isinstance(result.get(lists), list):
        raise ReplyInvalid("a list without its members")
    if not isinstance(result.get("_meta", {}), dict):
        raise ReplyInvalid("_meta that is no object")
    members = {name: v for name, v in result.items() if name not in ("resultType", "_meta")}
    return Result(kind, members)


def _read_failure(body: Mapping[str, Json], sent_as: RequestId) -> Failure:
    # basic/index, Error Responses: the id may be missing if the server could not read ours.
    if body.get("id") is not None:
        _check_id(body["id"], sent_as)
    error = body["error"]
    if not isinstance(error, Mapping):
        raise ReplyInvalid("an error that is no object")
    code, message = error.get("code"), error.get("message")
    if not isinstance(code, int) or isinstance(code, bool) or not isinstance(message, str):
        raise ReplyInvalid("an error without code and message")
    return Failure(code, message[:_MAX_MESSAGE])


def _read_notification(body: Mapping[str, Json], request: MCPRequest) -> ServerNotification:
    method, params = body["method"], body.get("params", {})
    if "id" in body:
        # Servers MUST NOT send requests on this stream: what they need, they ask for in a result.
        raise ReplyInvalid("a request of the server's own")
    if not isinstance(method, str) or not isinstance(params, Mapping):
        raise ReplyInvalid("a notification without method, or with other params than an object")
    meta = params.get("_meta", {})
    if not isinstance(meta, Mapping):
        raise ReplyInvalid("_meta that is no object")
    if request.method.is_stream:
        if method != ACKNOWLEDGED and method not in LISTEN_NOTIFICATIONS:
            raise ReplyInvalid("a notification that does not belong to a subscription")
        if SUBSCRIPTION_ID not in meta:
            raise ReplyInvalid("a notification without its subscription")
    elif method not in STREAM_NOTIFICATIONS:
        raise ReplyInvalid("a notification that does not belong to this request")
    elif method == "notifications/progress":
        token = request.meta.progress_token
        if token is None or params.get("progressToken") != token:
            raise ReplyInvalid("progress of something else")
    members = {name: value for name, value in params.items() if name != "_meta"}
    return ServerNotification(method, members)
