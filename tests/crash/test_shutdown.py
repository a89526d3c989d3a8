"""SIGTERM: what is under way is finished or cut within the time that the settings give, each call
has its outcome in the log, and nothing of the server is left lying about."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from remit.app.reading import open_audit_reader
from remit.audit.leaf import read_leaf
from remit.audit.note import parse_vkey
from remit.audit.verify import Trust
from remit.client.proofs import ProofMaker
from remit.kernel.canonical import Json
from remit.kernel.clock import SystemClock
from remit.kernel.secret import Secret
from remit.testing.mcp_upstream import progress_message, reply, result_message, text_result
from remit.testing.upstream import (
    EVENT_STREAM,
    FakeAnswer,
    and_then_silence,
    events,
    in_pieces,
)
from tests.child_site import ChildSite

SHUTDOWN_SECONDS = 1.0
# For a loaded machine to end a process in, beyond what the settings give to calls.
SLACK_SECONDS = 4.0
ENDS = ("call.completed", "call.failed", "call.cut")

Tale = Callable[[ChildSite], Awaitable[None]]


def run(home: Path, tale: Tale) -> None:
    async def whole() -> None:
        async with ChildSite(home) as site:
            await site.stop()
            settings = home / "remit.toml"
            wanted = f"[server]\nshutdown_seconds = {SHUTDOWN_SECONDS}"
            settings.write_text(settings.read_text("utf-8").replace("[server]", wanted), "utf-8")
            await site.start()
            await tale(site)

    asyncio.run(whole())


async def agent(site: ChildSite) -> tuple[ProofMaker, Secret[str]]:
    proofs = site.proofs()
    return proofs, await site.obtain_token(proofs)


def records(site: ChildSite) -> list[Mapping[str, Json]]:
    """The whole log, which verifies, and which the last checkpoint covers to its end."""
    key = parse_vkey((site.home / "audit.vkey").read_text("utf-8").strip()).key
    reader = open_audit_reader(site.home)
    trust = Trust([key], [(site.home / "checkpoint").read_bytes()])
    (log,) = reader.verify(trust, SystemClock()).logs
    assert log.covered == log.head.size
    return [read_leaf(entry.leaf) for entry in reader.tail(10_000)]


def assert_ended_well(site: ChildSite) -> None:
    assert site.exit_code == 0, site.said
    assert "Traceback" not in site.said
    assert not (site.home / "admin.sock").exists()
    (*_, last) = site.said.splitlines()
    assert json.loads(last)["event"] == "remit.stopped"
    found = records(site)
    intents = {each["event"] for each in found if each["type"] == "call.intended"}
    ends = [each["intent"] for each in found if each["type"] in ENDS]
    assert len(ends) == len(set(map(str, ends)))
    assert set(ends) == intents


async def until_called(site: ChildSite, count: int) -> None:
    for _ in range(2000):
        if len(site.mcp.called) >= count:
            return
        await asyncio.sleep(0.005)
    raise TimeoutError(f"{len(site.mcp.called)} of {count} calls came")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_call_under_way_is_answered_in_full(tmp_path: Path, by: signal.Signals) -> None:
    async def tale(site: ChildSite) -> None:
        whole = result_message(text_result("slow and whole"))
        site.mcp.calling = lambda params: FakeAnswer(
            body=in_pieces(whole[:10], whole[10:], gap_seconds=0.3)
        )
        proofs, token = await agent(site)
        calling = asyncio.create_task(site.call(proofs, token, "read_note", {"id": 1}))
        await until_called(site, 1)
        await site.end(by)
        answer = await calling
        assert answer.status == 200
        assert b"slow and whole" in answer.body
        assert_ended_well(site)
        assert "call.completed" in {each["type"] for each in records(site)}

    run(tmp_path / "home", tale)


def test_a_stream_without_an_end_is_cut_in_time_and_recorded(tmp_path: Path) -> None:
    async def tale(site: ChildSite) -> None:
        site.mcp.calling = lambda params: FakeAnswer(
            headers=EVENT_STREAM, body=and_then_silence(*events([progress_message(1)]))
        )
        proofs, token = await agent(site)
        calls = [
            asyncio.create_task(site.call(proofs, token, "read_note", {"id": number}))
            for number in range(3)
        ]
        await until_called(site, 3)
        began = time.monotonic()
        await site.stop()
        assert time.monotonic() - began < SHUTDOWN_SECONDS + SLACK_SECONDS
        await asyncio.gather(*calls, return_exceptions=True)
        assert_ended_well(site)
        kinds = [each["type"] for each in records(site)]
        assert kinds.count("call.cut") + kinds.count("call.failed") == 3

    run(tmp_path / "home", tale)


def test_under_load_no_answered_call_is_missing_from_the_log(tmp_path: Path) -> None:
    async def tale(site: ChildSite) -> None:
        site.mcp.calling = lambda params: reply(text_result("ok"))
        answered = 0
        over = False
        held = [await agent(site) for _ in range(4)]

        async def keep_calling(proofs: ProofMaker, token: Secret[str]) -> None:
            nonlocal answered
            while not over:
                try:
                    answer = await site.call(proofs, token, "write_note", {"text": "t", "size": 1})
                except Exception:
                    # Whatever a connection to a server that ends may say.
                    return
                answered += answer.status == 200

        calling = [asyncio.create_task(keep_calling(*each)) for each in held]
        await until_called(site, 40)
        await site.stop()
        over = True
        await asyncio.gather(*calling)
        assert_ended_well(site)
        kinds = [each["type"] for each in records(site)]
        assert answered <= kinds.count("call.completed")
        assert len(site.mcp.called) == kinds.count("call.intended")

    run(tmp_path / "home", tale)


def test_refusals_that_were_only_counted_are_written_at_the_end(tmp_path: Path) -> None:
    async def tale(site: ChildSite) -> None:
        for _ in range(7):
            await site.ask_token(None, "not-a-jwt")
        await site.stop()
        assert_ended_well(site)
        (counted,) = [each for each in records(site) if each["type"] == "refusals.aggregated"]
        assert counted["refusals"] == {"token invalid_grant": 7}

    run(tmp_path / "home", tale)


def test_a_connection_that_says_nothing_does_not_hold_the_server_up(tmp_path: Path) -> None:
    async def tale(site: ChildSite) -> None:
        idle = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(5)]
        idle[0][1].write(b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        began = time.monotonic()
        await site.stop()
        assert time.monotonic() - began < SHUTDOWN_SECONDS + SLACK_SECONDS
        assert_ended_well(site)
        for _, writer in idle:
            writer.close()

    run(tmp_path / "home", tale)
