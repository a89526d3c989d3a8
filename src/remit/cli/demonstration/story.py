"""The story of the demonstration: one agent's day, each part of it checked as it is told."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from remit.cli.demonstration.agent import AgentProcess
from remit.cli.demonstration.forger import forge_copy
from remit.cli.demonstration.site import DemoSite
from remit.cli.demonstration.teller import Teller
from remit.cli.demonstration.thief import steal_and_try
from remit.cli.exits import Exit

_STREAM_CUT_MS = 100
_CHECKPOINT_TRIES = 20
_CHECKPOINT_POLL = 0.1
_HERS = {
    "close_ticket",
    "export_tickets",
    "give_credit",
    "list_tickets",
    "open_ticket",
    "read_customer",
}
_EVENT = re.compile(r"evt_[a-z0-9]+")


async def tell_story(site: DemoSite, teller: Teller) -> None:
    """Tell it all; what does not hold is in the teller's failures."""
    agent_program = str(site.places.example / "agent.py")
    command = (sys.executable, agent_program, *site.connect())
    async with AgentProcess(command, site.workload, site.places.work / "agent.log") as ada:
        await _allowed_calls(ada, teller)
        why = await _refused_calls(ada, teller)
        await _a_theft(site, ada, teller)
        await _a_stop(site, ada, teller)
    _the_refusal_explained(site, teller, why)
    await _the_log(site, teller)


async def _allowed_calls(ada: AgentProcess, teller: Teller) -> None:
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


async def _refused_calls(ada: AgentProcess, teller: Teller) -> str:
    """Returns the event id of the first refusal."""
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
        "remit", "does not even list a tool that is not hers",
        purge["error"] and "Unknown tool" in purge["text"], purge["text"],
    )  # fmt: skip
    await _no_effects(ada, teller)
    found = _EVENT.search(urgent["text"])
    return found.group() if found else "evt_missing"


async def _no_effects(ada: AgentProcess, teller: Teller) -> None:
    tickets = await ada.call("list_tickets")
    one = "Printer on fire" in tickets["text"] and "Wake up" not in tickets["text"]
    teller.expect("desk", "has her one ticket, and no urgent one", one, tickets["text"])
    customer = await ada.call("read_customer", customer="c-100")
    unchanged = json.loads(customer["text"]).get("credit") == 0 if not customer["error"] else False
    teller.expect("crm", "has given no credit", unchanged, customer["text"])


async def _a_theft(site: DemoSite, ada: AgentProcess, teller: Teller) -> None:
    teller.title("A thief gets hold of a real token of hers")
    theft = await steal_and_try(site)
    teller.expect("ada", "her token works for her", theft.own_use == 200, theft.own_use)
    for said, status in (
        ("sends her whole request once more", theft.same_request_again),
        ("presents it as a bearer token", theft.as_bearer),
        ("presents it with a key of his own", theft.with_own_key),
        ("has her take it to another tool server", theft.at_another_server),
    ):
        teller.expect("thief", f"{said}, and is refused", status == 401, status)
    status = theft.another_tool
    teller.expect(
        "thief", "has her ask for delete_all_tickets, and is refused", status in {400, 403, 404},
        status,
    )  # fmt: skip
    tickets = await ada.call("list_tickets")
    teller.expect("desk", "still has its ticket", "Printer on fire" in tickets["text"])


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
    teller.expect("ada", "works again, with a new token", not back["error"])


def _newest(site: DemoSite, kind: str) -> Mapping[str, Any]:
    newest: Mapping[str, Any] = site.read("audit", "tail", "-n", "1", "--type", kind)[0]
    return newest


def _the_refusal_explained(site: DemoSite, teller: Teller, event: str) -> None:
    teller.title("All of it is in the log, which verifies")
    explained = site.remit("explain", event)
    teller.expect(
        "alice", "asks why the ticket was refused",
        explained.returncode == 0 and "support.urgent-by-people" in explained.stdout,
        explained.stdout.partition("\n")[0],
    )  # fmt: skip


async def _the_log(site: DemoSite, teller: Teller) -> None:
    home, elsewhere = site.places.home, site.places.work / "checkpoint-held-elsewhere"
    rows = site.read("audit", "tail", "-n", "1000")
    kinds = {row["type"] for row in rows}
    needed = {"token.issued", "call.intended", "call.completed", "call.refused", "call.cut"}
    teller.expect("log", "tells of each call and refusal", needed <= kinds, f"{len(rows)} records")
    covered = await _cover(site, len(rows))
    elsewhere.write_bytes((home / "checkpoint").read_bytes())
    verified = site.remit("audit", "verify", "--checkpoint", str(elsewhere))
    teller.expect(
        "log", "verifies against a checkpoint held elsewhere",
        verified.returncode == 0 and covered >= len(rows), f"{covered} records covered",
    )  # fmt: skip
    forged = site.remit(
        "audit", "verify", "--checkpoint", str(elsewhere),
        home=forge_copy(home, site.places.work / "forged"),
    )  # fmt: skip
    teller.expect(
        "forger", "changes one word in a copy, and is found out",
        forged.returncode == Exit.NOT_VERIFIED, forged.stderr,
    )  # fmt: skip
    text = b"".join(path.read_bytes() for path in home.glob("remit.db*"))
    leaked = [name for name, key in site.keys.items() if key.encode() in text]
    teller.expect("log", "holds no secret in the clear, nor does the database", not leaked, leaked)


async def _cover(site: DemoSite, records: int) -> int:
    """How many records the exported checkpoint covers, once it covers so many: a second at most."""
    checkpoint = str(site.places.home / "checkpoint")
    covered = 0
    for _ in range(_CHECKPOINT_TRIES):
        verified = site.read("audit", "verify", "--checkpoint", checkpoint)
        covered = sum(int(log["covered"]) for log in verified)
        if covered >= records:
            break
        await asyncio.sleep(_CHECKPOINT_POLL)
    return covered
