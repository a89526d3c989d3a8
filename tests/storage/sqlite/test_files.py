"""Files that are whole or not there."""

from hashlib import sha256
from pathlib import Path

import pytest

from remit.storage.sqlite.files import digest_file, replace_file, sync_directory, sync_file


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    for content in (b"a long first content", b"second"):
        replace_file(path, content)
        assert path.read_bytes() == content
    sync_file(path)
    sync_directory(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint"]


def test_what_is_private_is_never_readable_by_others(tmp_path: Path) -> None:
    replace_file(tmp_path / "manifest", b"x", 0o600)
    assert (tmp_path / "manifest").stat().st_mode & 0o777 == 0o600


def test_a_path_that_cannot_be_written_is_an_error_and_keeps_the_old(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        replace_file(tmp_path / "missing" / "checkpoint", b"x")


def test_a_digest_is_of_the_whole_file(tmp_path: Path) -> None:
    content = b"x" * (3 << 20)
    (tmp_path / "file").write_bytes(content)
    assert digest_file(tmp_path / "file") == sha256(content).hexdigest()
