"""Failures on the way out: whether there may be an effect, and nothing of what was sent."""

import pytest

from remit.outbound.errors import AddressRefused, UpstreamFailure, UpstreamTimeout


@pytest.mark.parametrize("kind", [UpstreamFailure, UpstreamTimeout, AddressRefused])
def test_a_failure_has_no_effect_unless_it_is_said(kind: type[UpstreamFailure]) -> None:
    assert not kind("peer: gone").may_have_effect
    assert kind("peer: gone", may_have_effect=True).may_have_effect


def test_the_wire_never_hears_the_detail() -> None:
    failure = UpstreamTimeout("10.0.0.7: first byte", may_have_effect=True)
    assert failure.status == 504
    assert "10.0.0.7" not in failure.description
    assert failure.detail == "10.0.0.7: first byte"
