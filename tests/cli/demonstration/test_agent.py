import asyncio
import sys
from pathlib import Path

import pytest

from remit.cli.demonstration import agent
from remit.cli.demonstration.agent import AgentProcess
from remit.cli.demonstration.children import ChildFailed

PARROT = """
import json, sys
print(json.dumps({"event": "tools", "names": []}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"event": "progress"}), flush=True)
    print(json.dumps({"event": "result", **asked}), flush=True)
"""


def test_an_agent_is_asked_and_heard(tmp_path: Path) -> None:
    async def scene() -> object:
        async with AgentProcess((sys.executable, "-c", PARROT), {}, tmp_path / "log") as ada:
            return await ada.call("open", title="x")

    assert asyncio.run(scene()) == {"event": "result", "tool": "open", "arguments": {"title": "x"}}


def test_an_agent_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    async def scene() -> None:
        program = (sys.executable, "-c", "raise SystemExit('lost')")
        async with AgentProcess(program, {}, tmp_path / "log") as ada:
            await ada.hear("tools")

    with pytest.raises(ChildFailed, match="log"):
        asyncio.run(scene())
    assert (tmp_path / "log").read_text() == "lost\n"


def test_an_agent_that_says_nothing_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "_ANSWERS_IN", 0.1)

    async def scene() -> None:
        program = (sys.executable, "-c", "import time; time.sleep(60)")
        async with AgentProcess(program, {}, tmp_path / "log") as ada:
            await ada.hear("tools")

    with pytest.raises(ChildFailed, match="no tools"):
        asyncio.run(scene())


def test_who_was_not_started_is_asked_nothing(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed):
        AgentProcess(("x",), {}, tmp_path / "log").ask("tool")
