"""How a refusal is told, in the caller's own form: JSON-RPC for MCP, RFC 9457 for HTTP.

Never a traceback, never a detail: the class of the error fixes what is said, and the audit event,
where there is one, says to people what really happened.
"""

import msgspec

from remit.kernel.errors import RemitError
from remit.kernel.oauth import InvalidToken
from remit.mcp.build import Implementation
from remit.mcp.errors import UnknownTool
from remit.outbound.message import Header
from remit.policy.decision import Denied
from remit.proxy.asked import MCPForm
from remit.proxy.attempt import Attempt
from remit.proxy.challenges import challenges, status_of
from remit.proxy.dialects.mcp_errors import hides_tool, is_shown, refusal_body, shown_result
from remit.proxy.errors import MethodNotAllowed, UnknownRoute
from remit.proxy.headers import JSON_HEADERS, reply_headers
from remit.proxy.messages import Released
from remit.proxy.routes import Form
from remit.signals.clearance import Stopped

PROBLEM_TYPE = b"application/problem+json"

_DEAD_TOKEN = frozenset({"agent_inactive", "remit_inactive"})


class Refusing:
    """Phrases refusals. `offers_bearer` says whether unbound tokens may be of use here at all."""

    def __init__(self, server: Implementation, *, offers_bearer: bool) -> None:
        self._server = server
        self._offers_bearer = offers_bearer

    def phrase(self, error: RemitError, attempt: Attempt, nonce: str) -> Released:
        """The answer that refuses."""
        told = as_told(error)
        more = challenges(told, attempt.route, nonce, offers_bearer=self._offers_bearer)
        if isinstance(told, MethodNotAllowed):
            more = (*more, (b"allow", told.allow.encode()))
        if attempt.route is not None and attempt.route.form is Form.MCP:
            return self._phrase_mcp(told, attempt, more)
        return _phrase_problem(told, more)

    def _phrase_mcp(
        self, error: RemitError, attempt: Attempt, more: tuple[Header, ...]
    ) -> Released:
        form = attempt.form
        request_id = form.request_id if isinstance(form, MCPForm) else None
        if isinstance(error, Denied) and request_id is not None and is_shown(error):
            body = shown_result(error, request_id, self._server)
            return Released(200, (*JSON_HEADERS, *more), body)
        status = UnknownTool.status if hides_tool(error) else status_of(error)
        body = refusal_body(error, request_id, attempt.tool)
        return Released(status, (*JSON_HEADERS, *more), body)


def as_told(error: RemitError) -> RemitError:
    """What the caller is told of: an authority that has ended is a token that is good no more."""
    if isinstance(error, Stopped) or (isinstance(error, Denied) and error.code in _DEAD_TOKEN):
        told = InvalidToken(error.detail)
        told.event = error.event
        return told
    return error


def _phrase_problem(error: RemitError, more: tuple[Header, ...]) -> Released:
    """RFC 9457; a tool outside the remit is a path that is not there."""
    shown = UnknownRoute() if hides_tool(error) else error
    content: dict[str, str | int] = {
        "type": f"urn:remit:error:{shown.error}",
        "status": status_of(shown),
        "title": shown.description,
    }
    if isinstance(error, Denied) and shown is error:
        content["code"] = error.code
    if error.event is not None:
        content["event"] = error.event
    headers = reply_headers(PROBLEM_TYPE, *more)
    return Released(status_of(shown), headers, msgspec.json.encode(content))
