"""Ids: a prefix, and 128 bits of chance."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import PREFIXES, ROOT_TENANT, AgentId, RemitId, draw_id


class Counting:
    """An Entropy that counts."""

    def __init__(self) -> None:
        self.drawn: list[int] = []

    def draw(self, size: int) -> bytes:
        self.drawn.append(size)
        return len(self.drawn).to_bytes(size, "big")


@pytest.mark.parametrize(("kind", "prefix"), PREFIXES.items())
def test_an_id_shows_its_kind_and_is_safe_in_urls_and_file_names(
    kind: Callable[[str], Any], prefix: str
) -> None:
    assert re.fullmatch(rf"{prefix}[0-9a-f]{{32}}", draw_id(kind, SystemEntropy()))


def test_an_id_is_made_of_128_bits_of_the_given_entropy() -> None:
    entropy = Counting()
    assert draw_id(AgentId, entropy) == "agt_" + "0" * 31 + "1"
    assert draw_id(AgentId, entropy) == "agt_" + "0" * 31 + "2"
    assert entropy.drawn == [16, 16]


def test_no_two_kinds_share_a_prefix() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert all(re.fullmatch(r"[a-z]{3}_", prefix) for prefix in PREFIXES.values())


def test_ids_are_never_given_twice() -> None:
    entropy = SystemEntropy()
    assert len({draw_id(RemitId, entropy) for _ in range(1000)}) == 1000


def test_the_first_tenants_name_is_no_drawn_one() -> None:
    assert ROOT_TENANT == "ten_root"
