"""Which checkpoints a store keeps."""

from remit.audit.entries import KEPT_CHECKPOINTS, THINNING, is_kept


def test_the_newest_are_all_kept_and_of_the_old_ones_one_in_so_many() -> None:
    newest = 3 * KEPT_CHECKPOINTS
    kept = [number for number in range(1, newest + 1) if is_kept(number, newest)]
    assert kept[-KEPT_CHECKPOINTS:] == list(range(newest - KEPT_CHECKPOINTS + 1, newest + 1))
    assert all(number % THINNING == 0 for number in kept[:-KEPT_CHECKPOINTS])
    assert len(kept) == KEPT_CHECKPOINTS + 2 * KEPT_CHECKPOINTS // THINNING


def test_what_is_once_thinned_out_is_never_asked_for_again() -> None:
    for number in range(1, 200):
        kept = [is_kept(number, newest) for newest in range(number, number + 3000)]
        assert kept == sorted(kept, reverse=True)
