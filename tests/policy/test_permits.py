"""A permit carries exactly what was allowed, and under which clearance."""

from remit.policy.decision import Allowed
from remit.policy.permits import permit_call, permit_mint, permit_observation
from remit.signals.clearance import Clearance
from tests.policy.scene import clear, make_call, make_mint, make_server

ALLOWED = Allowed(("all",), "sha256:x")


def test_a_permit_carries_its_request_its_clearance_and_its_decision():
    for make, permit in ((make_call, permit_call), (make_mint, permit_mint)):
        request = make()
        made = permit(request, clear(request), ALLOWED)
        assert (made.request, made.clearance, made.allowed) == (request, clear(request), ALLOWED)


def test_an_observation_is_of_one_tool_server_and_for_nothing_else():
    server, clearance = make_server(), Clearance(make_server().tenant, {})
    made = permit_observation(server, clearance)
    assert (made.tool_server, made.purpose, made.clearance) == (server, "observe", clearance)
