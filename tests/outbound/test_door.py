import asyncio
import gc
import socket
import struct
from ipaddress import ip_address

import pytest

from remit.outbound.destination import Destination
from remit.outbound.door import Door
from remit.outbound.errors import (
    AddressRefused,
    DoorBusy,
    UpstreamFailure,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnreachable,
)
from remit.outbound.message import Limits, OutboundRequest
from remit.outbound.pool import Capacity
from tests.outbound.raw_upstream import LOCAL, QUICK, answering, ok, upstream

GET = OutboundRequest(b"GET", b"/mcp")
POST = OutboundRequest(b"POST", b"/mcp", ((b"content-type", b"application/json"),), b"{}")


def telling(script, capacity=None, resolve=None):
    """A story around one server and one door."""

    def story(tell):
        async def whole():
            door = Door(capacity=capacity, resolve=resolve)
            try:
                async with upstream(script) as server:
                    return await tell(door, server)
            finally:
                await door.close()

        return whole()

    return story


async def whole(door, server, request=GET, partition="p", limits=QUICK):
    response = await door.send(server.destination, request, limits, partition=partition)
    return response.status, await response.read(1 << 20)


def test_the_upstream_receives_exactly_the_bytes_decided_on(run):
    received = []

    async def script(peer):
        received.append(await peer.request())
        await peer.send(ok())

    async def tell(door, server):
        assert await whole(door, server, POST) == (200, b"hello")
        return server.destination.authority

    authority = run(telling(script)(tell))
    assert received == [
        b"POST /mcp HTTP/1.1\r\nHost: " + authority + b"\r\ncontent-type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    ]


def test_a_connection_is_kept_and_used_again_by_the_same_partition(run):
    async def tell(door, server):
        for _ in range(5):
            assert await whole(door, server) == (200, b"hello")
        assert len(server.peers) == 1
        assert door.open_connections == 1

    run(telling(answering(ok()))(tell))


def test_a_connection_is_never_used_for_another_partition(run):
    async def tell(door, server):
        await whole(door, server, partition="agent-a/grant-1")
        await whole(door, server, partition="agent-a/grant-2")
        await whole(door, server, partition="agent-b/grant-1")
        assert len(server.peers) == 3
        await whole(door, server, partition="agent-b/grant-1")
        assert len(server.peers) == 3

    run(telling(answering(ok()))(tell))


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"x", b"Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
        ok(b"x") + ok(b"unasked"),
    ],
)
def test_a_connection_that_may_be_out_of_step_is_not_used_again(run, answer):
    async def tell(door, server):
        assert await whole(door, server) == (200, b"x")
        assert await whole(door, server) == (200, b"x")
        assert len(server.peers) == 2

    run(telling(answering(answer))(tell))


def test_what_arrives_on_a_free_connection_answers_nothing(run):
    async def script(peer):
        await peer.request()
        await peer.send(ok(b"first"))
        await asyncio.sleep(0.02)
        await peer.send(ok(b"poison"))
        await peer.request()

    async def tell(door, server):
        assert await whole(door, server) == (200, b"first")
        await asyncio.sleep(0.06)
        assert door.open_connections == 0
        assert await whole(door, server) == (200, b"first")

    run(telling(script)(tell))


def test_a_free_connection_that_the_peer_closed_is_replaced_before_anything_is_written(run):
    async def script(peer):
        await peer.request()
        await peer.send(ok())

    async def tell(door, server):
        await whole(door, server)
        await asyncio.sleep(0.02)
        assert await whole(door, server) == (200, b"hello")
        assert len(server.peers) == 2

    run(telling(script)(tell))


def test_a_request_that_was_written_is_never_sent_again(run):
    seen = []

    async def script(peer):
        seen.append(await peer.request())
        if peer.number == 0:
            await peer.send(ok())
            seen.append(await peer.request())  # and the connection ends without an answer

    async def tell(door, server):
        await whole(door, server, POST)
        with pytest.raises(UpstreamUnreachable) as failed:
            await whole(door, server, POST)
        assert failed.value.may_have_effect
        await asyncio.sleep(0.02)
        assert len(seen) == 2
        assert len(server.peers) == 1

    run(telling(script)(tell))


def test_nothing_is_said_to_have_had_an_effect_when_nobody_listens(run):
    async def tell(door, server):
        closed = Destination("http", "127.0.0.1", 1, reach=LOCAL)
        with pytest.raises(UpstreamUnreachable) as failed:
            await door.send(closed, POST, QUICK, partition="p")
        assert not failed.value.may_have_effect
        assert door.open_connections == 0

    run(telling(answering(ok()))(tell))


def test_a_redirect_is_an_answer_and_not_a_journey(run):
    moved = b"HTTP/1.1 307 T\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"

    async def tell(door, server):
        assert await whole(door, server, POST) == (307, b"")
        assert len(server.peers) == 1

    run(telling(answering(moved))(tell))


def test_proxy_variables_are_not_obeyed(run, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def tell(door, server):
        assert await whole(door, server) == (200, b"hello")

    run(telling(answering(ok()))(tell))


def test_each_event_of_a_stream_arrives_when_it_is_sent(run):
    async def script(peer):
        await peer.request()
        await peer.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for number in range(3):
            event = b"data: %d\n\n" % number
            await peer.send(b"%x\r\n%s\r\n" % (len(event), event))
            sent_at.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.05)
        await peer.send(b"0\r\n\r\n")

    sent_at, came_at, events = [], [], []

    async def tell(door, server):
        response = await door.send(server.destination, GET, QUICK, partition="p")
        assert response.is_stream
        async for chunk in response.chunks():
            came_at.append(asyncio.get_running_loop().time())
            events.append(chunk)

    run(telling(script)(tell))
    assert events == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    late = sorted(came - sent for came, sent in zip(came_at, sent_at, strict=True))
    assert late[1] < 0.02  # the median: this machine has other work


def test_a_slow_reader_makes_the_upstream_wait(run):
    progress = []

    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(400):
            await peer.send(b"x" * 65536)
            progress.append(1)

    async def tell(door, server):
        limits = Limits(max_body_bytes=None)
        response = await door.send(server.destination, GET, limits, partition="p")
        await asyncio.sleep(0.15)
        held_at = len(progress)
        assert held_at < 300
        total = 0
        async for chunk in response.chunks():
            total += len(chunk)
        assert total == 400 * 65536

    run(telling(script)(tell))


def silent_until_gone(gone, opening=b""):
    async def script(peer):
        await peer.request()
        await peer.send(opening)
        await peer.reader.read()
        gone.set()

    return script


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"


def test_cancelling_a_call_closes_the_upstream_at_once(run):
    async def story():
        gone = asyncio.Event()

        async def tell(door, server):
            call = asyncio.create_task(whole(door, server))
            await asyncio.sleep(0.03)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(gone.wait(), 0.5)
            assert door.open_connections == 0

        await telling(silent_until_gone(gone))(tell)

    run(story())


def test_cancelling_the_reader_of_a_stream_closes_the_upstream_at_once(run):
    async def story():
        gone = asyncio.Event()

        async def tell(door, server):
            response = await door.send(server.destination, GET, QUICK, partition="p")

            async def read():
                async for _ in response.chunks():
                    pass

            reader = asyncio.create_task(read())
            await asyncio.sleep(0.03)
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
            await asyncio.wait_for(gone.wait(), 0.5)

        await telling(silent_until_gone(gone, STREAM))(tell)

    run(story())


@pytest.mark.parametrize("way", ["aclose", "with", "forgotten", "door"])
def test_a_response_that_is_given_up_closes_the_upstream(run, way):
    async def story():
        gone = asyncio.Event()

        async def tell(door, server):
            response = await door.send(server.destination, GET, QUICK, partition="p")
            if way == "aclose":
                await response.aclose()
            elif way == "with":
                async with response:
                    pass
            elif way == "door":
                await door.close()
                with pytest.raises(UpstreamFailure):
                    await response.read(10_000)
            else:
                del response
                gc.collect()
            await asyncio.wait_for(gone.wait(), 0.5)
            assert door.open_connections == 0

        await telling(silent_until_gone(gone, STREAM))(tell)

    run(story())


def test_closing_a_complete_response_keeps_its_connection(run):
    async def tell(door, server):
        for _ in range(3):
            response = await door.send(server.destination, GET, QUICK, partition="p")
            await response.aclose()
        assert len(server.peers) == 1

    run(telling(answering(ok()))(tell))


@pytest.mark.parametrize(
    ("opening", "limits"),
    [
        (b"", Limits(first_byte_in=0.05)),
        (b"HTTP/1.1 200 OK\r\nX: y", Limits(first_byte_in=0.05)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Limits(idle_in=0.05)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Limits(total_in=0.05)),
    ],
)
def test_an_upstream_that_falls_silent_is_given_up_in_time(run, opening, limits):
    async def story():
        gone = asyncio.Event()

        async def tell(door, server):
            began = asyncio.get_running_loop().time()
            with pytest.raises(UpstreamTimeout) as failed:
                await whole(door, server, POST, limits=limits)
            assert asyncio.get_running_loop().time() - began < 0.5
            assert failed.value.may_have_effect
            await asyncio.wait_for(gone.wait(), 0.5)

        await telling(silent_until_gone(gone, opening))(tell)

    run(story())


def test_a_reset_does_not_make_a_body_complete(run):
    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        await asyncio.sleep(0.02)
        linger = struct.pack("ii", 1, 0)
        peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        peer.writer.transport.abort()

    async def tell(door, server):
        with pytest.raises(UpstreamUnreachable):
            await whole(door, server)

    run(telling(script)(tell))


def test_drops_of_bytes_do_not_hold_a_connection_beyond_the_total_time(run):
    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await peer.send(b"x")
            await asyncio.sleep(0.01)

    async def tell(door, server):
        with pytest.raises(UpstreamTimeout):
            await whole(door, server, limits=Limits(idle_in=1, total_in=0.1))

    run(telling(script)(tell))


def test_an_endless_head_and_a_giant_body_are_cut_off(run):
    async def endless(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await peer.send(b"X-Filler: " + b"a" * 1000 + b"\r\n")

    async def giant(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await peer.send(b"a" * 10_000)

    async def tell(door, server):
        with pytest.raises(UpstreamTooLarge):
            await whole(door, server, limits=Limits(max_body_bytes=100_000))

    run(telling(endless)(tell))
    run(telling(giant)(tell))


def test_reading_more_than_the_caller_takes_is_refused(run):
    async def tell(door, server):
        response = await door.send(server.destination, GET, QUICK, partition="p")
        with pytest.raises(UpstreamTooLarge):
            await response.read(4)

    run(telling(answering(ok()))(tell))


def test_an_answer_before_the_request_was_out_does_not_leave_the_rest_for_the_next(run):
    async def script(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(ok(b"too large", b"X: y"))
        await asyncio.sleep(0.2)

    async def tell(door, server):
        giant = OutboundRequest(b"POST", b"/", (), b"x" * 30_000_000)
        response = await door.send(server.destination, giant, QUICK, partition="p")
        assert await response.read(100) == b"too large"
        assert door.open_connections == 0

    run(telling(script)(tell))


def test_a_malformed_answer_reaches_nobody(run):
    async def tell(door, server):
        with pytest.raises(UpstreamProtocolError) as failed:
            await whole(door, server)
        assert "s3cr3t" not in failed.value.detail
        assert door.open_connections == 0

    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: s3cr3t\r\n\r\nx"
    run(telling(answering(answer))(tell))


def resolving(*texts):
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return tuple(ip_address(text) for text in texts)

    return resolve, asked


def test_a_name_that_leads_inside_is_refused_without_a_connection(run):
    resolve, asked = resolving("127.0.0.1")

    async def tell(door, server):
        outside = Destination("http", "tools.example", server.destination.port)
        with pytest.raises(AddressRefused) as failed:
            await door.send(outside, POST, QUICK, partition="p")
        assert not failed.value.may_have_effect
        assert not server.peers
        assert asked == ["tools.example"]

    run(telling(answering(ok()), resolve=resolve)(tell))


def test_a_name_is_resolved_once_for_a_connection_and_the_connection_goes_there(run):
    answers = [("127.0.0.1",), ("10.255.255.1",)]
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return tuple(ip_address(text) for text in answers.pop(0))

    async def tell(door, server):
        named = Destination("http", "tools.example", server.destination.port, reach=LOCAL)
        for _ in range(2):
            response = await door.send(named, GET, QUICK, partition="p")
            assert await response.read(100) == b"hello"
        assert asked == ["tools.example"]

    run(telling(answering(ok()), resolve=resolve)(tell))


def test_a_second_address_is_tried_when_the_first_does_not_answer(run):
    resolve, _ = resolving("127.0.0.2", "127.0.0.1")

    async def tell(door, server):
        named = Destination("http", "tools.example", server.destination.port, reach=LOCAL)
        response = await door.send(named, GET, QUICK, partition="p")
        assert response.status == 200

    run(telling(answering(ok()), resolve=resolve)(tell))


def test_a_name_server_that_never_answers_costs_no_more_than_the_time_to_connect(run):
    async def resolve(host, port):
        await asyncio.sleep(60)

    async def tell(door, server):
        named = Destination("http", "slow.example", 80)
        with pytest.raises(UpstreamTimeout) as failed:
            await door.send(named, GET, Limits(connect_in=0.05), partition="p")
        assert not failed.value.may_have_effect
        assert door.open_connections == 0

    run(telling(answering(ok()), resolve=resolve)(tell))


def test_more_requests_than_connections_wait_for_their_turn(run):
    async def tell(door, server):
        answers = await asyncio.gather(*(whole(door, server) for _ in range(20)))
        assert answers == [(200, b"hello")] * 20
        assert len(server.peers) == 2

    run(telling(answering(ok()), Capacity(per_destination=2))(tell))


def test_a_free_connection_of_another_partition_makes_room(run):
    async def tell(door, server):
        for partition in "abcd":
            await whole(door, server, partition=partition)
            assert door.open_connections == 1
        assert len(server.peers) == 4

    run(telling(answering(ok()), Capacity(per_destination=1))(tell))
    run(telling(answering(ok()), Capacity(in_all=1))(tell))


def test_waiting_is_bounded_in_number_and_in_time(run):
    async def story():
        gone = asyncio.Event()

        async def tell(door, server):
            busy = asyncio.create_task(whole(door, server))
            await asyncio.sleep(0.02)
            waiting = asyncio.create_task(whole(door, server, limits=Limits(connect_in=0.1)))
            await asyncio.sleep(0.02)
            with pytest.raises(DoorBusy):
                await whole(door, server)
            with pytest.raises(UpstreamTimeout):
                await waiting
            busy.cancel()
            with pytest.raises(asyncio.CancelledError):
                await busy

        await telling(silent_until_gone(gone), Capacity(per_destination=1, waiting=1))(tell)

    run(story())


def test_a_connection_that_nobody_uses_is_closed_after_a_while(run):
    async def tell(door, server):
        await whole(door, server)
        assert door.open_connections == 1
        await asyncio.sleep(0.15)
        assert door.open_connections == 0

    run(telling(answering(ok()), Capacity(idle_in=0.05))(tell))


def test_a_closed_door_sends_nothing(run):
    async def tell(door, server):
        await door.close()
        with pytest.raises(DoorBusy):
            await whole(door, server)
        assert not server.peers

    run(telling(answering(ok()))(tell))


def test_many_at_once_with_failures_among_them_leave_no_connection_behind(run):
    async def script(peer):
        for turn in range(100):
            await peer.request()
            if (peer.number + turn) % 7 == 3:
                await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                return
            await peer.send(ok())

    async def tell(door, server):
        calls = [asyncio.create_task(whole(door, server, partition=str(n % 5))) for n in range(200)]
        await asyncio.sleep(0.01)
        for call in calls[::9]:
            call.cancel()
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert any(answer == (200, b"hello") for answer in answers)
        assert all(
            isinstance(answer, (tuple, UpstreamFailure, asyncio.CancelledError))
            for answer in answers
        )
        await door.close()
        assert door.open_connections == 0

    run(telling(script, Capacity(per_destination=6))(tell))
