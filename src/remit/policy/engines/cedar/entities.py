"""The entities of one decision: exactly this agent, this resource and what it is in."""

import cedarpy
import msgspec

from remit.identity.principals import Agent
from remit.kernel.canonical import Json
from remit.policy.engines.cedar.scope import AGENT, HUMAN, Uid
from remit.policy.engines.cedar.target import Target


def write_entities(agent: Agent, target: Target) -> str:
    """The entities in Cedar's JSON."""
    entities = [
        {
            "uid": _uid((AGENT, agent.name)),
            "attrs": {
                "owner": {"__entity": _uid((HUMAN, agent.owner))},
                "system": agent.system,
                "environment": agent.environment,
                "purposes": sorted(agent.purposes),
            },
            "parents": [],
        },
        {
            "uid": _uid(target.resource),
            "attrs": target.attributes,
            "parents": [_uid(parent) for parent in target.parents],
        },
        *(
            {"uid": _uid(parent), "attrs": target.parent_attributes, "parents": []}
            for parent in target.parents
        ),
    ]
    return msgspec.json.encode(entities).decode()


def parse_entities(agent: Agent, target: Target, schema: cedarpy.Schema) -> cedarpy.Entities:
    """The entities as Cedar holds them, checked against the schema, with the action's groups."""
    return cedarpy.Entities.from_json_str(write_entities(agent, target), schema)


def _uid(uid: Uid) -> Json:
    return {"type": uid[0], "id": uid[1]}
