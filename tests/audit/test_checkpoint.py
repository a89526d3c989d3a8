"""Checkpoints are exactly C2SP tlog-checkpoint, and speak for their own log only."""

import pytest

from remit.audit.checkpoint import (
    CheckpointInvalid,
    TreeHead,
    parse_head,
    sign_head,
    unverified_origin,
    verifier_key,
    verify_checkpoint,
)
from remit.audit.note import NoteInvalid, VerifierKey, sign_note
from remit.audit.tree import EMPTY_ROOT
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.ids import LogId
from remit.kernel.secret import Secret

KEY = Ed25519SigningKey(Secret(b"k" * 32))
LOG = LogId("log_a")
HEAD = TreeHead(LOG, 20_852_163, EMPTY_ROOT)
ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
TEXT = f"remit/log_a\n20852163\n{ROOT}\n"


def test_a_checkpoint_is_origin_size_and_root_signed_by_the_logs_key() -> None:
    signed = sign_head(HEAD, KEY)
    assert signed.note.startswith(f"{TEXT}\n— remit/log_a ".encode())
    assert verify_checkpoint(signed.note, [verifier_key(LOG, KEY.public)]) == signed
    assert unverified_origin(signed.note) == LOG


def test_a_log_cannot_speak_for_another() -> None:
    other = LogId("log_b")
    note = sign_note(TEXT, "remit/log_b", KEY)
    with pytest.raises(NoteInvalid):
        verify_checkpoint(note, [verifier_key(other, KEY.public), verifier_key(LOG, KEY.public)])


def test_a_known_key_of_another_kind_of_name_is_no_log() -> None:
    key = VerifierKey("witness", KEY.public)
    with pytest.raises(NoteInvalid):
        verify_checkpoint(sign_note(TEXT, "witness", KEY), [key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.removesuffix("\n"),
        TEXT + "extension\n",
        TEXT.replace("remit/", ""),
        TEXT.replace("20852163", "020852163"),
        TEXT.replace("20852163", "+1"),
        TEXT.replace("20852163", ""),
        TEXT.replace("20852163", "٣"),
        TEXT.replace("20852163", "9007199254740992"),
        TEXT.replace("20852163", "9" * 5000),
        TEXT.replace(ROOT, ROOT[:-1]),
        TEXT.replace(ROOT, "AAAA"),
        TEXT.replace("uFU=", "uFV="),
        TEXT.replace(ROOT, "é"),
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalid):
        parse_head(text)


def test_the_origin_of_what_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(CheckpointInvalid):
        unverified_origin(b"\xff\xfe")
