from remit.mcp.methods import MODERN_METHODS, Kind


def test_only_calls_reads_and_prompts_name_something_in_a_header():
    named = {m.name: m.mirrored for m in MODERN_METHODS.values() if m.mirrored is not None}
    assert named == {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


def test_what_a_header_repeats_is_required_in_the_body():
    assert all(m.mirrored in m.required for m in MODERN_METHODS.values() if m.mirrored is not None)


def test_only_a_subscription_stays_open():
    assert [m.name for m in MODERN_METHODS.values() if m.is_stream] == ["subscriptions/listen"]


def test_caching_hints_belong_to_discovery_lists_and_reads():
    cacheable = {m.name for m in MODERN_METHODS.values() if m.is_cacheable}
    assert cacheable == {
        "server/discover", "tools/list", "resources/list", "resources/templates/list",
        "resources/read", "prompts/list",
    }  # fmt: skip


def test_no_notification_names_or_lists_anything():
    for method in MODERN_METHODS.values():
        if method.kind is Kind.NOTIFICATION:
            assert method.mirrored is method.lists is None
