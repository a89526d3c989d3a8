"""A record's type is the one word by which it is found."""

from remit.audit.leaf import verify_fields
from remit.audit.records import (
    LogOpened,
    LogRestored,
    RefusalsAggregated,
    RestoreSuspended,
    record_type,
)
from remit.kernel.ids import ROOT_TENANT, InstanceId


def test_a_records_type_is_its_tag() -> None:
    record = LogOpened(tenant=ROOT_TENANT, instance=InstanceId("ins_a"), incarnation=1)
    assert record_type(record) == "log.opened"


def test_the_logs_own_records_have_plain_fields() -> None:
    for kind in (LogOpened, LogRestored, RestoreSuspended, RefusalsAggregated):
        assert verify_fields(kind) is kind
