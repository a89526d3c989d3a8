import pytest

from remit.web.admin.explain import explain


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"code": "constraint", "reason": "size is 11"}, ("constraints", "size is 11")),
        ({"code": "policy", "reason": "no", "policies": ["a.b"]}, ("policies", "a.b")),
        ({"code": "unheard-of", "reason": "no"}, ("no",)),
        ({"error": "invalid_target"}, ("No active remit",)),
        ({"error": "access_denied", "reason": "stp_1"}, ("remit stops", "stp_1")),
        ({"type": "call.completed"}, ("call.completed", "events.md")),
        ({}, ("events.md",)),
    ],
)
def test_a_refusal_is_told_with_its_particulars(
    record: dict[str, object], words: tuple[str, ...]
) -> None:
    told = explain(record)
    for word in words:
        assert word in told


def test_what_a_record_does_not_say_is_not_made_up() -> None:
    assert "None" not in explain({"error": "invalid_grant", "reason": None})
    assert "None" not in explain({"code": "policy", "reason": None})
