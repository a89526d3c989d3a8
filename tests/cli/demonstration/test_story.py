"""The story notices what does not go as it must: told with an agent and a site that lie.

That it succeeds on a site where everything holds is tests/cli/test_demo.py.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from remit.cli.demonstration import story
from remit.cli.demonstration.agent import AgentProcess
from remit.cli.demonstration.site import DemoSite
from remit.cli.demonstration.teller import Teller
from remit.cli.demonstration.thief import Theft
from remit.testing.clock import FakeClock

TICKET = '{"title": "Printer on fire"}'
CUSTOMER = '{"credit": 0}'
REFUSAL = "Policy does not permit this call. [access_denied, policy, evt_1]"


class ScriptedAgent:
    """Answers as it is told, by tool and then in order."""

    def __init__(self, **answers: list[tuple[bool, str]]) -> None:
        self._answers = answers

    async def hear(self, event: str) -> Mapping[str, Any]:
        return {"event": event, "names": sorted(story._HERS)}

    async def call(self, tool: str, **arguments: Any) -> Mapping[str, Any]:
        answers = self._answers[tool]
        error, text = answers[0] if len(answers) == 1 else answers.pop(0)
        return {"error": error, "text": text}


def agent(**answers: list[tuple[bool, str]]) -> AgentProcess:
    truthful = {
        "open_ticket": [(True, REFUSAL)],
        "give_credit": [(True, REFUSAL)],
        "delete_all_tickets": [(True, "Unknown tool: delete_all_tickets")],
        "list_tickets": [(False, TICKET)],
        "read_customer": [(False, CUSTOMER)],
    }
    return cast("AgentProcess", ScriptedAgent(**{**truthful, **answers}))


@pytest.fixture
def teller() -> Teller:
    return Teller(FakeClock())


def test_refusals_that_are_so_are_told_so(teller: Teller) -> None:
    assert asyncio.run(story._refused_calls(agent(), teller)) == "evt_1"
    assert teller.end()


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"open_ticket": [(False, "{}")]}, "refuses an argument, by policy"),
        ({"open_ticket": [(True, "the desk is down")]}, "refuses an argument, by policy"),
        ({"give_credit": [(False, "{}")]}, "refuses too much credit"),
        ({"delete_all_tickets": [(False, "1 deleted")]}, "does not even list a tool"),
        ({"delete_all_tickets": [(True, REFUSAL)]}, "does not even list a tool"),
        ({"list_tickets": [(False, TICKET + '{"title": "Wake up"}')]}, "has her one ticket"),
        ({"list_tickets": [(False, "")]}, "has her one ticket"),
        ({"read_customer": [(False, '{"credit": 900000}')]}, "has given no credit"),
        ({"read_customer": [(True, "unknown")]}, "has given no credit"),
    ],
)
def test_a_refusal_that_is_not_one_is_noticed(
    teller: Teller, lie: dict[str, list[tuple[bool, str]]], said: str
) -> None:
    asyncio.run(story._refused_calls(agent(**lie), teller))
    assert len(teller.failures) == 1
    assert teller.failures[0].startswith(said)


HELD = {
    "own_use": 200,
    "same_request_again": 401,
    "as_bearer": 401,
    "with_own_key": 401,
    "at_another_server": 401,
    "another_tool": 400,
}


@pytest.mark.parametrize(
    ("attempt", "status"),
    [(name, 401 if name == "own_use" else 200) for name in HELD] + [("another_tool", 500)],
)
def test_a_theft_that_is_of_use_is_noticed(
    teller: Teller, monkeypatch: pytest.MonkeyPatch, attempt: str, status: int
) -> None:
    async def steal(_: DemoSite) -> Theft:
        return Theft(**{**HELD, attempt: status})

    monkeypatch.setattr(story, "steal_and_try", steal)
    asyncio.run(story._a_theft(cast("DemoSite", None), agent(), teller))
    assert len(teller.failures) == 1


def test_allowed_calls_that_fail_are_noticed(teller: Teller) -> None:
    asyncio.run(story._allowed_calls(agent(read_customer=[(True, "down")]), teller))
    assert [each.partition(":")[0] for each in teller.failures] == [
        "opens a ticket (an MCP tool)",
        "reads a customer (an HTTP API)",
    ]
