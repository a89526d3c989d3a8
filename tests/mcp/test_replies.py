import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.mcp.errors import ReplyInvalid
from remit.mcp.replies import Failure, Result, ResultType, ServerNotification, parse_reply
from tests.mcp.cases import META, call, request

SUBSCRIPTION = {"_meta": {"io.modelcontextprotocol/subscriptionId": 9}}


def answer(result, request_id=9):
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def failure(error, **more):
    return {"jsonrpc": "2.0", "id": 9, "error": error, **more}


def note(method, params=None, **more):
    return {"jsonrpc": "2.0", "method": method, "params": params or {}, **more}


def test_a_result_is_taken_without_what_is_written_anew():
    body = answer({"resultType": "complete", "content": [], "_meta": {"x": 1}})
    assert parse_reply(body, call(), 9) == Result(ResultType.COMPLETE, {"content": []})


def test_a_result_without_its_type_is_complete():
    assert parse_reply(answer({"content": []}), call(), 9).type is ResultType.COMPLETE


def test_a_request_for_input_is_known_where_the_method_has_one():
    body = answer({"resultType": "input_required", "inputRequests": {}, "requestState": "x"})
    assert parse_reply(body, call(), 9).type is ResultType.INPUT_REQUIRED
    with pytest.raises(ReplyInvalid):
        parse_reply(body, request("tools/list"), 9)


def test_an_error_is_the_servers_word_and_shortened():
    reply = parse_reply(failure({"code": -32602, "message": "x" * 9999}), call(), 9)
    assert isinstance(reply, Failure)
    assert reply.code == -32602
    assert len(reply.unverified_message) == 4096
    assert "xxx" not in repr(reply)


def test_an_error_may_lack_its_id():
    body = {"jsonrpc": "2.0", "error": {"code": 1, "message": "m"}}
    assert parse_reply(body, call(), 9) == Failure(1, "m")


def test_progress_of_this_request_is_taken():
    asked = call(meta={**META, "progressToken": "p"})
    body = note("notifications/progress", {"progressToken": "p", "progress": 1, "_meta": {}})
    assert parse_reply(body, asked, 9) == ServerNotification(
        "notifications/progress", {"progressToken": "p", "progress": 1}
    )


def test_a_subscriptions_notifications_are_taken():
    listening = request("subscriptions/listen", notifications={})
    for method in ("notifications/subscriptions/acknowledged", "notifications/tools/list_changed"):
        reply = parse_reply(note(method, SUBSCRIPTION), listening, 9)
        assert reply == ServerNotification(method, {})


@pytest.mark.parametrize(
    "body",
    [
        [], None, "x", {}, [answer({})], answer({}, 8), answer({}, "9"), answer({}, True),
        answer({}, 9.0), answer(None), answer([]), answer({"resultType": "task"}),
        answer({"resultType": "Complete"}), answer({"resultType": 1}), answer({"_meta": 1}),
        {**answer({}), "error": {"code": 1, "message": "m"}}, {**answer({}), "params": {}},
        {**answer({}), "method": "x"}, {**answer({}), "extra": 1}, {**answer({}), "jsonrpc": "1"},
        {"jsonrpc": "2.0", "result": {}}, {"jsonrpc": "2.0", "id": 9},
        failure("x"), failure({}), failure({"code": "1", "message": "m"}),
        failure({"code": True, "message": "m"}), failure({"code": 1, "message": None}),
        failure({"code": 1, "message": "m"}, id=8), failure({"code": 1, "message": "m"}, id=[]),
        note("sampling/createMessage", id=9), note("notifications/progress"),
        note("notifications/progress", {"progressToken": "q"}), note("notifications/cancelled"),
        note("notifications/tools/list_changed", SUBSCRIPTION), note(1), note("ping"),
        {"jsonrpc": "2.0", "method": "notifications/message", "params": []},
        note("notifications/message", {"_meta": 1}),
    ],
)  # fmt: skip
def test_a_reply_that_is_not_one_to_this_request_is_refused(body):
    with pytest.raises(ReplyInvalid):
        parse_reply(body, call(meta={**META, "progressToken": "p"}), 9)


@pytest.mark.parametrize(
    "body",
    [
        note("notifications/tools/list_changed"), note("notifications/progress", SUBSCRIPTION),
        note("notifications/message", SUBSCRIPTION),
    ],
)  # fmt: skip
def test_a_subscription_carries_its_own_notifications_only(body):
    with pytest.raises(ReplyInvalid):
        parse_reply(body, request("subscriptions/listen", notifications={}), 9)


def test_a_list_without_its_members_is_refused():
    for result in ({}, {"tools": {}}, {"prompts": []}):
        with pytest.raises(ReplyInvalid):
            parse_reply(answer(result), request("tools/list"), 9)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "code", "message",
                         "_meta", "resultType"]), inner, max_size=5),
    max_leaves=10,
)  # fmt: skip


@given(
    JSON, st.sampled_from([{}, {"result": {}}, {"error": {}}, {"method": "notifications/message"}])
)
def test_no_reply_raises_anything_but_a_refusal(body, more):
    if isinstance(body, dict):
        body = {**body, **more, "jsonrpc": "2.0"}
    try:
        reply = parse_reply(body, call(), 9)
    except ReplyInvalid:
        return
    assert isinstance(reply, (Result, Failure, ServerNotification))
