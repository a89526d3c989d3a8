"""The log's end: what it appends, and how it is found again at opening."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from remit.audit.entries import KEPT_CHECKPOINTS, is_kept
from remit.audit.tiles import NodeMissing
from remit.storage.sqlite.appender import head_at, open_appender
from remit.storage.sqlite.database import create_file, open_file
from remit.storage.sqlite.migrate import load_migrations, migrate
from tests.storage.scene import fill, happened, journal_in, verify


@pytest.mark.parametrize("count", [0, 1, 254, 255, 256, 600])
def test_the_tree_is_found_again_and_goes_on(tmp_path: Path, count: int) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            for _ in range(count):
                journal.append(happened())
            before = await journal.head()
        async with journal_in(tmp_path) as journal:
            assert await journal.head() == before
            await journal.commit(happened())

    asyncio.run(story())
    assert verify(tmp_path).logs[0].head.size == count + 2


def test_a_head_of_before_is_computed_from_what_is_kept(tmp_path: Path) -> None:
    note = asyncio.run(fill(tmp_path, 300))
    asyncio.run(fill(tmp_path, 300))
    with closing(open_file(tmp_path)) as connection:
        head = head_at(connection, 301)
        assert f"{head.size}\n".encode() in note
        verify(tmp_path, note)
        with pytest.raises(NodeMissing):
            head_at(connection, 100_000)


def test_a_database_without_a_log_is_not_opened(tmp_path: Path) -> None:
    with closing(create_file(tmp_path)) as connection:
        migrate(connection, load_migrations())
        with pytest.raises(NodeMissing):
            open_appender(connection)


def test_old_checkpoints_are_thinned_out(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path, 1))
    newest = KEPT_CHECKPOINTS + 300
    with closing(open_file(tmp_path)) as connection:
        appender = open_appender(connection)
        connection.execute("DELETE FROM audit_checkpoint")
        connection.execute("BEGIN")
        for _ in range(newest):
            appender.keep_checkpoint(2, b"note")
        connection.execute("COMMIT")
        rows = connection.execute("SELECT number FROM audit_checkpoint ORDER BY number").fetchall()
    assert [number for (number,) in rows] == [
        number for number in range(1, newest + 1) if is_kept(number, newest)
    ]
