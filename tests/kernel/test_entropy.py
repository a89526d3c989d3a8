"""The machine's chance."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor

from remit.kernel.entropy import SystemEntropy


def test_as_many_bytes_are_drawn_as_asked_for_and_never_the_same() -> None:
    entropy = SystemEntropy()
    assert len(entropy.draw(16)) == 16
    assert entropy.draw(32) != entropy.draw(32)


def test_no_two_threads_and_no_two_processes_are_given_the_same_bytes() -> None:
    entropy = SystemEntropy()
    entropy.draw(16)
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda _: entropy.draw(16), range(8000)))
    assert len(set(drawn)) == len(drawn)
    entropy._ahead.append(b"drawn before the fork")
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of forks beside threads; this child does nothing but draw.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.write(writing, entropy.draw(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 16) not in {*drawn, b"drawn before the"}
    os.close(reading)
    os.close(writing)
