"""The machine's chance."""

from remit.kernel.entropy import SystemEntropy


def test_as_many_bytes_are_drawn_as_asked_for_and_never_the_same() -> None:
    entropy = SystemEntropy()
    assert len(entropy.draw(16)) == 16
    assert entropy.draw(32) != entropy.draw(32)
