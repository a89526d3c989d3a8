import pytest

from remit.mcp.eras import MODERN, SUPPORTED_VERSIONS, load_era
from remit.mcp.errors import MethodNotFound, UnsupportedProtocolVersion
from remit.mcp.methods import Kind


def test_one_era_is_served():
    assert SUPPORTED_VERSIONS == ("2026-07-28",)
    assert load_era("2026-07-28") is MODERN


def test_an_era_that_is_not_served_is_refused_with_those_that_are():
    with pytest.raises(UnsupportedProtocolVersion) as caught:
        load_era("2025-11-25\x1b[2J", 3)
    assert caught.value.request_id == 3
    assert caught.value.data["supported"] == ("2026-07-28",)
    assert caught.value.data["requested"].isprintable()


def test_a_notification_is_no_request_of_the_same_name():
    with pytest.raises(MethodNotFound):
        MODERN.load_method("notifications/cancelled", Kind.REQUEST)
    with pytest.raises(MethodNotFound):
        MODERN.load_method("tools/call", Kind.NOTIFICATION)
