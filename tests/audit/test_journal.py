"""What the journal refuses says what kind of thing was claimed, so that callers can tell apart."""

from remit.audit.journal import AlreadyClaimed, AuditUnavailable, WatermarkMoved
from remit.kernel.errors import Conflict, Unavailable


def test_a_claim_that_was_made_before_names_its_space() -> None:
    assert AlreadyClaimed("jti used", "dpop:key").space == "dpop:key"
    assert AlreadyClaimed("jti used").space == ""
    assert "jti" not in AlreadyClaimed("jti used", "dpop:key").description


def test_races_are_conflicts_and_a_full_log_is_a_matter_of_time() -> None:
    assert issubclass(WatermarkMoved, Conflict)
    assert issubclass(AuditUnavailable, Unavailable)
    assert AuditUnavailable.status == 503
