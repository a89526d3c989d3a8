import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from remit.app.keys import (
    ACCESS_TOKEN,
    CHECKPOINT,
    make_keys,
    open_checkpoint_key,
    open_token_keys,
)
from remit.audit.journal import Document
from remit.jose.keys import SigningKey
from remit.kernel.errors import Unavailable
from remit.kernel.ids import TenantId
from tests.app.state import opened


def test_the_keys_of_one_start_are_those_of_the_next(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (journal, control):
            tokens = open_token_keys(control.signing_keys, journal).document()
            checkpoints = open_checkpoint_key(control.signing_keys, journal).public
        async with opened(tmp_path / "home") as (journal, control):
            assert open_token_keys(control.signing_keys, journal).document() == tokens
            assert open_checkpoint_key(control.signing_keys, journal).public == checkpoints

    asyncio.run(story())


def test_the_newest_key_signs_and_those_before_are_still_published(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (journal, control):
            before = open_token_keys(control.signing_keys, journal).document()
            newer = SigningKey.generate()
            await control.signing_keys.keep(ACCESS_TOKEN, newer.kid, newer.to_pem())
            after = open_token_keys(control.signing_keys, journal).document()
            assert newer.kid.encode() in after
            assert newer.kid.encode() not in before
            assert after.count(b'"kid"') == before.count(b'"kid"') + 1
            assert b'"d"' not in after

    asyncio.run(story())


def test_a_use_has_its_own_key(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (journal, control):
            await make_keys(control.signing_keys)
            assert len(control.signing_keys.open_keys(ACCESS_TOKEN, journal)) == 2
            assert len(control.signing_keys.open_keys(CHECKPOINT, journal)) == 2

    asyncio.run(story())


class NothingKept:
    """A control state without anything in it."""

    def load_documents(self, kind: str) -> Sequence[Document]:
        return ()

    def load_watermarks(self) -> Mapping[tuple[TenantId, str], int]:
        return {}


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (_, control):
            with pytest.raises(Unavailable, match="remit init"):
                open_token_keys(control.signing_keys, NothingKept())
            with pytest.raises(Unavailable, match="remit init"):
                open_checkpoint_key(control.signing_keys, NothingKept())

    asyncio.run(story())
