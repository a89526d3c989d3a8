"""The administration API, put together."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from remit.app.parts import Running
from remit.app.surroundings import Surroundings
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.clock import Clock
from remit.kernel.ids import ROOT_TENANT, HumanId
from remit.kernel.secret import Secret
from remit.manifest.apply import Planners
from remit.manifest.kinds.agents import Agents
from remit.manifest.kinds.humans import Humans
from remit.manifest.kinds.issuers import Issuers
from remit.manifest.kinds.policies import Policies
from remit.manifest.kinds.remits import RemitPlans
from remit.manifest.kinds.secrets import SecretPlans
from remit.manifest.kinds.tool_servers import ToolServers
from remit.settings import Settings, SettingsError
from remit.storage.sqlite.backup import back_up
from remit.storage.sqlite.reader import AuditReader, EntryFilter
from remit.web.admin.action import AdminRoutes
from remit.web.admin.agents import AgentActions
from remit.web.admin.audit import AuditActions
from remit.web.admin.manifest import ManifestActions
from remit.web.admin.remits import RemitActions
from remit.web.admin.secrets import SecretActions
from remit.web.admin.status import StatusActions
from remit.web.admin.stops import StopActions
from remit.web.admin.tools import ToolActions
from remit.web.http import Route


def make_admin_routes(
    home: Path,
    parts: Running,
    around: Surroundings,
    describe: Callable[[], Mapping[str, Any]],
) -> tuple[Route, ...]:
    """All actions, for the humans that the settings list."""
    control, reader, clock = parts.control, AuditReader(home), around.clock
    directory = control.directory
    actions = (
        *AgentActions(directory, control.agents).actions(),
        *ToolActions(directory, control.tool_servers, parts.proxy.pins, control.secrets).actions(),
        *RemitActions(directory, control.book, control.remits).actions(),
        *SecretActions(directory, control.secrets).actions(),
        *StopActions(directory, control.book, control.stops).actions(),
        *ManifestActions(partial(_planners, parts, clock)).actions(),
        *AuditActions(
            lambda count, agent, kind: reader.tail(count, EntryFilter(agent, kind)),
            reader.load_entry,
            parts.journal.head,
        ).actions(),
        *StatusActions(describe, partial(_back_up, home, parts.checkpoint_key, clock)).actions(),
    )
    administrators = _administrators(parts.settings, parts)
    return AdminRoutes(administrators, around.counter, around.journal, clock).table(*actions)


def _administrators(settings: Settings, parts: Running) -> Mapping[int, HumanId]:
    """Listed uids and the humans that they stand for; an unknown human refuses the start."""
    humans = parts.control.directory.humans
    found: dict[int, HumanId] = {}
    for administrator in settings.administration.administrators:
        human = humans.find_named(ROOT_TENANT, administrator.human)
        if human is None:
            raise SettingsError(
                f"administration.administrators: there is no human {administrator.human!r}"
            )
        found[administrator.uid] = human.id
    return found


def _planners(
    parts: Running, clock: Clock, values: Mapping[str, Secret[bytes]], rotate: bool
) -> Planners:
    control, directory = parts.control, parts.control.directory
    return Planners(
        humans=Humans(ROOT_TENANT, directory.humans, control.humans),
        issuers=Issuers(ROOT_TENANT, directory, control.issuers),
        secrets=SecretPlans(control.secrets, values, rotate=rotate),
        tool_servers=ToolServers(
            ROOT_TENANT,
            directory,
            control.tool_servers,
            control.secrets,
            parts.proxy.observer.read_definitions,
        ),
        agents=Agents(ROOT_TENANT, directory, control.agents, control.bindings),
        policies=Policies(parts.policies),
        remits=RemitPlans(ROOT_TENANT, directory, control.book, control.remits, clock),
    )


async def _back_up(
    home: Path, key: Ed25519SigningKey, clock: Clock, target: Path
) -> Mapping[str, Any]:
    manifest = await asyncio.to_thread(back_up, home, target, key, clock)
    answer: Mapping[str, Any] = msgspec.to_builtins(manifest)
    return answer
