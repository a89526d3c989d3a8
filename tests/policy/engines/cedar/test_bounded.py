from remit.policy.engines.cedar.bounded import Bounded


def test_what_was_used_longest_ago_makes_room():
    kept = Bounded[str, int](2)
    kept.keep("a", 1)
    kept.keep("b", 2)
    assert kept.find("a") == 1
    kept.keep("c", 3)
    assert (kept.find("a"), kept.find("b"), kept.find("c"), len(kept)) == (1, None, 3, 2)


def test_a_key_keeps_its_last_value():
    kept = Bounded[str, int](1)
    kept.keep("a", 1)
    assert kept.keep("a", 2) == 2
    assert (kept.find("a"), len(kept)) == (2, 1)
