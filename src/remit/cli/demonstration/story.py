"""The story of the demonstration: one agent's day, each part of it checked as it is told."""

import asyncio
import json
import sys
from typing import Any

from remit.cli.demonstration.agent import AgentProcess
from remit.cli.demonstration.site import DemoSite
from remit.cli.demonstration.teller import Teller
from remit.cli.demonstration.thief import steal_and_try

_STREAM_CUT_MS = 100
_HERS = {
    "close_ticket",
    "export_tickets",
    "give_credit",
    "list_tickets",
    "open_ticket",
    "read_customer",
}


async def tell_story(site: DemoSite, teller: Teller) -> None:
    """Tell it all; what does not hold is in the teller's failures."""
    agent_program = str(site.places.example / "agent.py")
    command = (sys.executable, agent_program, *site.connect())
    async with AgentProcess(command, site.workload) as ada:
        await _an_allowed_call(ada, teller)
        refused = await _refused_calls(ada, teller)
        await _a_theft(site, teller)
        await _a_stop(site, ada, teller)
    _the_log(site, teller, refused)


async def _an_allowed_call(ada: AgentProcess, teller: Teller) -> None:
    teller.title(
        "ada brings her platform's word and a key of her own; Remit gives her what her remit says"
    )
    tools = await ada.hear("tools")
    names = set(tools["names"])
    teller.expect("ada", "sees six tools of two servers", names == _HERS, ", ".join(sorted(names)))
    opened = await ada.call("open_ticket", title="Printer on fire", priority="normal")
    teller.expect("ada", "opens a ticket (an MCP tool)", not opened["error"], opened["text"])
    read = await ada.call("read_customer", customer="c-100")
    teller.expect("ada", "reads a customer (an HTTP API)", not read["error"], read["text"])


async def _refused_calls(ada: AgentProcess, teller: Teller) -> Any:
    teller.title("What is outside her remit, or against policy, does not happen")
    urgent = await ada.call("open_ticket", title="Wake up", priority="urgent")
    teller.expect(
        "remit", "refuses an argument, by policy",
        urgent["error"] and "policy" in urgent["text"], urgent["text"],
    )  # fmt: skip
    credit = await ada.call("give_credit", customer="c-100", amount=900000)
    teller.expect("remit", "refuses too much credit", credit["error"], credit["text"])
    purge = await ada.call("delete_all_tickets")
    teller.expect(
        "remit", "does not even know a tool that is not hers",
        purge["error"] and "Unknown tool" in purge["text"], purge["text"],
    )  # fmt: skip
    return urgent


async def _a_theft(site: DemoSite, teller: Teller) -> None:
    teller.title("A thief gets hold of a real token of hers")
    theft = await steal_and_try(site)
    teller.expect("ada", "her token works for her", theft.own_use == 200, theft.own_use)
    for said, status in (
        ("presents it as a bearer token", theft.as_bearer),
        ("presents it with a key of his own", theft.with_own_key),
        ("takes it to another tool server", theft.at_another_server),
    ):
        teller.expect("thief", f"{said}, and is refused", status == 401, status)


async def _a_stop(site: DemoSite, ada: AgentProcess, teller: Teller) -> None:
    teller.title("Alice stops ada in the middle of her work")
    ada.ask("export_tickets", pages=200)
    await ada.hear("progress")
    progress = await ada.hear("progress")
    teller.tell("ada", f"is exporting: {progress['message']}")
    stopped = await asyncio.to_thread(
        site.remit, "stop", "agent", "ada", "--reason", "drill", "-o", "json"
    )
    cut = await ada.hear("result")
    teller.expect("alice", "remit stop agent ada", stopped.returncode == 0, stopped.stderr)
    teller.expect("ada", "hears that her call was stopped", cut["error"], cut["text"])
    placed, ended = _newest(site, "stop.placed"), _newest(site, "call.cut")
    took = int(ended["at"]) - int(placed["at"])
    teller.expect(
        "remit", f"cut the stream within {_STREAM_CUT_MS} ms of the order",
        0 <= took < _STREAM_CUT_MS, f"{took} ms",
    )  # fmt: skip
    again = await ada.call("list_tickets")
    teller.expect("remit", "refuses her next call", again["error"], again["text"])
    lifted = site.remit("lift", json.loads(stopped.stdout)["id"], "--reason", "drill is over")
    teller.expect("alice", "lifts the stop, a separate act", lifted.returncode == 0, lifted.stderr)
    back = await ada.call("list_tickets")
    teller.expect("ada", "works again, with a new token", not back["error"], "")


def _newest(site: DemoSite, kind: str) -> Any:
    return json.loads(site.remit("audit", "tail", "-n", "1", "--type", kind, "-o", "json").stdout)[
        0
    ]


def _the_log(site: DemoSite, teller: Teller, refused: Any) -> None:
    teller.title("All of it is in the log, which verifies")
    event = next(word for word in refused["text"].replace("]", " ").split() if "evt_" in word)
    explained = site.remit("explain", event.strip("[],"))
    teller.expect(
        "alice", "asks why", "support.urgent-by-people" in explained.stdout,
        explained.stdout.partition("\n")[0],
    )  # fmt: skip
    rows = json.loads(site.remit("audit", "tail", "-n", "1000", "-o", "json").stdout)
    kinds = {row["type"] for row in rows}
    needed = {"token.issued", "call.intended", "call.completed", "call.refused", "call.cut"}
    teller.expect("log", "tells of each call and refusal", needed <= kinds, f"{len(rows)} records")
    checkpoint = str(site.places.home / "checkpoint")
    verified = site.remit("audit", "verify", "--checkpoint", checkpoint)
    teller.expect("log", "verifies", verified.returncode == 0, verified.stdout.splitlines()[-1:])
    text = b"".join(path.read_bytes() for path in site.places.home.glob("remit.db*"))
    leaked = [name for name, key in site.keys.items() if key.encode() in text]
    teller.expect("log", "holds no secret in the clear, nor does the database", not leaked, leaked)
