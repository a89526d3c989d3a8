"""The context holds what a slice reads, and nothing else."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from remit.policy.arguments import load_contract
from remit.policy.engines.cedar.facts import FACTS as KNOWN
from remit.policy.engines.cedar.facts import ContextShape
from remit.policy.refusals import ArgumentsInvalid
from tests.policy.scene import FACTS, make_agent, make_remit, make_server, make_tool

REMIT = make_remit(make_agent(), make_server())


def write(shape, arguments=None, facts=FACTS):
    return json.loads(shape.write(REMIT, facts, arguments or {}, 300))


def test_every_fact_can_be_told():
    assert write(ContextShape(tuple(KNOWN), None, lifetime=True)) == {
        "f": {
            "remit": "tickets",
            "purpose": "support",
            "bound": True,
            "depth": 0,
            "hour": 12,
            "weekday": 1,
        },
        "lifetime": 300,
    }


def test_what_nobody_reads_is_not_there():
    assert write(ContextShape((), None, lifetime=False)) == {}
    assert write(ContextShape(("bound",), None, lifetime=False)) == {"f": {"bound": True}}


def test_hours_are_those_of_utc():
    there = timezone(timedelta(hours=-13))
    at = datetime(2026, 11, 22, 23, 30, tzinfo=there)
    told = write(ContextShape(("hour", "weekday"), None, False), facts=replace(FACTS, at=at))
    assert told == {"f": {"hour": 12, "weekday": 1}}


def test_arguments_are_shown_or_refused():
    record = load_contract(make_tool().input_schema).record
    shape = ContextShape((), record, lifetime=False)
    assert write(shape, {"order": "o", "amount": 1}) == {"input": {"order": "o", "amount": 1}}
    with pytest.raises(ArgumentsInvalid):
        write(shape, {"order": 1})
