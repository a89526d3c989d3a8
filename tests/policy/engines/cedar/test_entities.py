import json

import cedarpy

from remit.policy.engines.cedar.entities import parse_entities, write_entities
from remit.policy.engines.cedar.schema import full_shape, write_schema
from remit.policy.engines.cedar.target import call_of, mint_for
from tests.policy.scene import make_agent, make_server, make_tool


def test_a_decision_knows_its_agent_its_resource_and_nothing_else():
    entities = json.loads(write_entities(make_agent(), call_of(make_server(), make_tool())))
    assert [each["uid"] for each in entities] == [
        {"type": "Remit::Agent", "id": "ada"},
        {"type": "Remit::Tool", "id": "billing/refund"},
        {"type": "Remit::Server", "id": "billing"},
    ]
    assert entities[0]["attrs"] == {
        "owner": {"__entity": {"type": "Remit::Human", "id": "hum_alice"}},
        "system": "helpdesk",
        "environment": "prod",
        "purposes": ["support"],
    }
    assert entities[1]["attrs"] == {"name": "refund", "risk": "write", "classes": ["pii"]}


def test_cedar_takes_them_under_the_schema_whatever_the_agent_is_called():
    agent = make_agent('a"\\\n{"__entity": 1}')
    for target in (call_of(make_server(), make_tool()), mint_for(make_server()), mint_for(None)):
        schema = cedarpy.Schema.from_json_str(write_schema(target, full_shape(target)))
        assert len(parse_entities(agent, target, schema)) >= 2
