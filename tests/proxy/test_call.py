"""Story 2 as it goes well."""

import json
from collections.abc import Mapping

from remit.kernel.canonical import Json
from remit.testing.mcp_upstream import progress_message, reply, result_message, text_result
from remit.testing.upstream import EVENT_STREAM, FakeAnswer, events, in_pieces
from tests.proxy.world import SECRET, World, body_of, collect, header_of, run


def test_a_read_is_intended_sent_released_and_completed() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.mcp_call("read_ticket", {"id": "t-1"}))
        assert released.status == 200, released.body
        body = body_of(released)
        assert body["id"] == "call-1"
        assert body["result"]["content"] == [{"type": "text", "text": "ok"}]
        assert w.journal.tags() == ["call.intended", "call.completed"]
        intent, outcome = w.journal.records
        assert (intent.tool, intent.risk, outcome.intent) == ("read_ticket", "read", "evt_1")
        assert outcome.secret_version == 7
        assert header_of(released, b"dpop-nonce") == w.nonces.current().encode()

    run(test)


def test_exactly_the_permitted_arguments_are_sent_with_headers_of_our_own() -> None:
    async def test(w: World) -> None:
        incoming = w.mcp_call(
            "read_ticket",
            {"id": "t-1"},
            meta={"com.example/smuggled": "x"},
            more=(
                (b"x-evil", b"1"),
                (b"cookie", b"a=b"),
                (b"traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"),
            ),
        )
        await w.call(incoming)
        sent = w.mcp_upstream.requests[-1]
        params = json.loads(sent.body)["params"]
        assert (params["name"], params["arguments"]) == ("read_ticket", {"id": "t-1"})
        assert "com.example/smuggled" not in params["_meta"]
        assert sent.header("authorization") == "Bearer " + SECRET.decode()
        assert sent.header("cookie") is None
        assert sent.header("x-evil") is None
        assert sent.header("dpop") is None
        traceparent = sent.header("traceparent")
        assert traceparent is not None
        assert traceparent.split("-")[1] == "a" * 32
        assert traceparent.split("-")[2] != "b" * 16
        assert sent.header("mcp-name") == "read_ticket"

    run(test)


def test_a_write_is_on_the_disk_before_it_leaves() -> None:
    seen: list[int] = []

    async def test(w: World) -> None:
        def calling(params: Mapping[str, Json]) -> FakeAnswer:
            seen.append(len(w.journal.durable))
            return reply(text_result("closed"))

        w.mcp.calling = calling
        released = await w.call(w.mcp_call("close_ticket"))
        assert released.status == 200
        assert seen == [1]

    run(test)


def test_a_stream_is_relayed_event_by_event_and_recorded_at_its_end() -> None:
    progress = progress_message(1)
    final = result_message(text_result("done"))

    def calling(params: Mapping[str, Json]) -> FakeAnswer:
        return FakeAnswer(headers=EVENT_STREAM, body=in_pieces(*events([progress, final])))

    async def test(w: World) -> None:
        released = await w.call(w.mcp_call("read_ticket", meta={"progressToken": "mine"}))
        assert header_of(released, b"content-type") == b"text/event-stream"
        assert w.journal.tags() == ["call.intended"]
        text = (await collect(released)).decode()
        first, second = (json.loads(line[6:]) for line in text.split("\n\n") if line)
        assert first["params"] == {"progress": 1, "progressToken": "mine"}
        assert second["id"] == "call-1"
        assert w.journal.tags() == ["call.intended", "call.completed"]

    run(test, calling=calling)


def test_an_http_tool_is_called_by_method_and_path() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.incoming("GET", "/tools/orders/v1/orders/o-1"))
        assert (released.status, released.body) == (200, b'{"order":"o-1"}')
        sent = w.http_upstream.requests[-1]
        assert (sent.method, sent.target) == ("GET", "/api/v1/orders/o-1")
        assert w.journal.tags() == ["call.intended", "call.completed"]

    run(test)


def test_an_http_tool_gets_its_query_and_body_written_anew() -> None:
    async def test(w: World) -> None:
        await w.call(w.incoming("GET", "/tools/orders/v1/orders", query=b"limit=5&q=a+b%26c"))
        assert w.http_upstream.requests[-1].target == "/api/v1/orders?q=a%20b%26c&limit=5"
        body = b'{ "note": "n", "amount": 5 }'
        released = await w.call(
            w.incoming(
                "PATCH",
                "/tools/orders/v1/orders/o-1",
                body,
                (b"content-type", b"application/json"),
            )
        )
        assert released.status == 200
        assert w.http_upstream.requests[-1].body == b'{"amount":5,"note":"n"}'

    run(test)


def test_an_http_tool_is_an_mcp_tool_at_the_servers_own_path() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.mcp_call("read_order", {"id": "o-9"}, server="orders"))
        body = body_of(released)
        assert body["result"]["content"] == [{"type": "text", "text": '{"order":"o-1"}'}]
        assert body["result"]["isError"] is False
        assert w.http_upstream.requests[-1].target == "/api/v1/orders/o-9"

    run(test)


def test_what_is_listed_is_what_may_be_called() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.mcp_request("tools/list"))
        result = body_of(released)["result"]
        assert [tool["name"] for tool in result["tools"]] == ["close_ticket", "read_ticket"]
        assert result["cacheScope"] == "private"
        assert w.journal.find("tools.listed").shown == 2

    run(test)


def test_discovery_is_answered_by_remit_itself() -> None:
    async def test(w: World) -> None:
        result = body_of(await w.call(w.mcp_request("server/discover")))["result"]
        assert result["capabilities"] == {"tools": {}}
        assert result["supportedVersions"] == ["2026-07-28"]
        assert not w.mcp.called

    run(test)


def test_the_catalogue_names_what_the_remit_reaches() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.incoming("GET", "/tools"))
        assert body_of(released)["tool_servers"] == [
            {
                "name": "tickets",
                "protocol": "mcp",
                "resource": "http://127.0.0.1:8470/tools/tickets",
            },
            {
                "name": "orders",
                "protocol": "http",
                "resource": "http://127.0.0.1:8470/tools/orders",
            },
        ]

    run(test)


def test_a_notification_is_accepted_and_forgotten() -> None:
    async def test(w: World) -> None:
        body = b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
        incoming = w.mcp_request("notifications/cancelled", body=body)
        released = await w.call(incoming)
        assert (released.status, released.body) == (202, b"")

    run(test)


def test_a_bearer_may_read_with_an_unbound_token() -> None:
    async def test(w: World) -> None:
        token = w.token(bound=False)
        incoming = w.mcp_call(
            "read_ticket",
            proved=False,
            more=((b"authorization", f"Bearer {token}".encode()),),
        )
        assert (await w.call(incoming)).status == 200
        assert w.journal.find("call.intended").jkt is None

    run(test)
