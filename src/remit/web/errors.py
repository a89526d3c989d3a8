"""The one translator from errors to responses: the wire gets what the class fixes, and no more."""

from collections.abc import Mapping

from remit.kernel.errors import RemitError
from remit.outbound.message import Header
from remit.web.http import NO_STORE, Response, json_response

_PROBLEM: Header = (b"content-type", b"application/problem+json")


def oauth_response(error: RemitError, headers: tuple[Header, ...] = ()) -> Response:
    """RFC 6749 section 5.2; `event` is ours, for whoever may ask `remit explain`."""
    content = {"error": error.error, "error_description": error.description}
    if error.event is not None:
        content["event"] = error.event
    return json_response(content, error.status, (*NO_STORE, *headers))


def problem_response(error: RemitError, *, told: bool = False) -> Response:
    """RFC 9457. `told` adds the private detail: for administrators on the unix socket only."""
    content: dict[str, object] = {
        "type": f"urn:remit:error:{error.error}",
        "status": error.status,
        "title": error.description,
    }
    if told and error.detail:
        content["detail"] = error.detail
    if error.event is not None:
        content["event"] = error.event
    answer = json_response(content, error.status)
    return Response(error.status, (_PROBLEM, *NO_STORE), answer.body)


def problem_for_administrators(error: RemitError) -> Response:
    """The same with the private detail, for humans whom the kernel vouched for."""
    return problem_response(error, told=True)


def describe_errors(root: type[RemitError] = RemitError) -> Mapping[str, type[RemitError]]:
    """Every error class by name, for the error catalogue and the test that holds it complete."""
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(describe_errors(child))
    return found
