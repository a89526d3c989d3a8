"""Bindings are found by what they pin, and every one that matches is found."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from remit.identity.pins import PinnedBindings, is_pin
from remit.identity.trust import IdentityBinding
from remit.kernel.ids import ROOT_TENANT, AgentId, BindingId, TrustIssuerId

NAMES = ("sub", "repository_id", "pod.uid", "ref")
CLAIMS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from("xyz"), min_size=1)


def binding(number, claims, *, retired=False):
    return IdentityBinding(
        tenant=ROOT_TENANT,
        id=BindingId(f"bnd_{number}"),
        name=f"b{number}",
        issuer=TrustIssuerId("iss_1"),
        agent=AgentId(f"agt_{number}"),
        claims=claims,
        retired=retired,
        revision=1,
    )


def matches(each, assertion):
    return all(assertion.get(name) == value for name, value in each.claims.items())


@given(
    st.lists(CLAIMS, max_size=6), st.lists(CLAIMS, max_size=3), CLAIMS, st.sets(st.integers(0, 5))
)
def test_every_match_is_among_the_candidates_after_any_changes(made, remade, assertion, gone):
    pinned, living = PinnedBindings(), {}
    for number, claims in enumerate([*made, *remade]):
        each = binding(number % max(len(made), 1), claims, retired=number in gone)
        pinned.put(each)
        living[each.id] = each
    living = {key: each for key, each in living.items() if not each.retired}
    candidates = pinned.candidates(assertion.get)
    expected = [each.id for each in living.values() if matches(each, assertion)]
    assert sorted(each.id for each in candidates if matches(each, assertion)) == sorted(expected)
    assert {each.id for each in pinned.all()} == set(living)


def test_only_a_text_is_a_pin():
    pinned = PinnedBindings()
    pinned.put(binding(1, {"repository_id": "74"}))
    assert pinned.candidates({"repository_id": 74}.get) == ()
    assert pinned.candidates({"repository_id": ["74"]}.get) == ()


def test_nothing_is_left_of_a_retired_binding():
    pinned = PinnedBindings()
    pinned.put(binding(1, {"sub": "a"}))
    pinned.put(replace(binding(1, {"sub": "a"}), retired=True))
    pinned.put(replace(binding(1, {"sub": "a"}), retired=True))
    assert pinned.all() == ()
    assert not pinned._by_pin


def test_what_a_platform_calls_an_id_is_a_pin_and_a_name_is_none():
    for name in ("sub", "oid", "repository_id", "oidc.circleci.com/project-id", "pod.uid"):
        assert is_pin(name), name
    for name in ("repository", "ref", "email", "identity", "valid", "sub2", "subject"):
        assert not is_pin(name), name
