"""Fake chance is repeatable between runs, and does not repeat within one."""

from remit.testing.entropy import FakeEntropy


def test_the_same_seed_draws_the_same() -> None:
    one, two = FakeEntropy("a"), FakeEntropy("a")
    assert [one.draw(16) for _ in range(3)] == [two.draw(16) for _ in range(3)]
    assert FakeEntropy("b").draw(16) != FakeEntropy("a").draw(16)


def test_no_draw_repeats_another() -> None:
    entropy = FakeEntropy()
    assert len({entropy.draw(16) for _ in range(1000)}) == 1000
