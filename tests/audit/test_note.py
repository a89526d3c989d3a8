"""Signed notes: the example of C2SP signed-note, and everything that is not one."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.audit.note import (
    MAX_SIGNATURES,
    NoteInvalid,
    VerifierKey,
    is_key_name,
    parse_vkey,
    sign_note,
    verify_note,
)
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.secret import Secret

# From the specification's own text.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuw"
    "HjG1Yu72IneyaQM=\n"
).encode()

KEY = Ed25519SigningKey(Secret(b"k" * 32))
OTHER = Ed25519SigningKey(Secret(b"o" * 32))
OURS = VerifierKey("remit/log_a", KEY.public)


def test_the_specifications_example_verifies() -> None:
    key = parse_vkey(VKEY)
    assert key.name == "example.com/foo"
    assert key.vkey == VKEY
    assert verify_note(NOTE, [key]) == "This is an example message.\n"


def test_a_signed_note_verifies_and_its_text_may_hold_empty_lines() -> None:
    text = "one\n\ntwo\n"
    assert verify_note(sign_note(text, OURS.name, KEY), [OURS]) == text


@given(st.data())
def test_no_byte_of_a_note_can_be_changed(data: st.DataObject) -> None:
    note = bytearray(sign_note("remit/log_a\n5\nx\n", OURS.name, KEY))
    at = data.draw(st.integers(0, len(note) - 1))
    note[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NoteInvalid):
        verify_note(bytes(note), [OURS])


def test_signatures_of_strangers_are_ignored_and_prove_nothing() -> None:
    stranger = sign_note("text\n", "stranger", OTHER).decode().split("\n\n")[1]
    signed = sign_note("text\n", OURS.name, KEY) + stranger.encode()
    assert verify_note(signed, [OURS]) == "text\n"
    with pytest.raises(NoteInvalid):
        verify_note(sign_note("text\n", "stranger", OTHER), [OURS])


def test_a_bad_signature_of_a_known_key_refuses_the_note_whoever_else_signed() -> None:
    forged = OURS.key_id + b"\0" * 64
    line = f"— {OURS.name} {b64encode(forged).decode()}\n"
    with pytest.raises(NoteInvalid):
        verify_note(sign_note("text\n", OURS.name, KEY) + line.encode(), [OURS])


def test_a_key_signs_under_its_own_name_only() -> None:
    with pytest.raises(NoteInvalid):
        verify_note(sign_note("text\n", "remit/log_b", KEY), [OURS])


GOOD = sign_note("text\n", OURS.name, KEY).decode()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        GOOD.removesuffix("\n"),
        GOOD + "\n",
        GOOD.replace("— ", "- "),
        GOOD.replace("— ", "—"),
        GOOD.replace("text", "te\rxt"),
        GOOD.replace("=\n", "\n"),
        GOOD + "— a+b AAAAAAAA\n",
        GOOD + "— x AAAA\n",
        GOOD + "— x AAAAAAB=\n",
        "x" * 70_000 + GOOD,
        GOOD + "— x AAAAAAAA\n" * MAX_SIGNATURES,
    ],
)
def test_what_is_not_exactly_a_note_is_refused(note: str) -> None:
    with pytest.raises(NoteInvalid):
        verify_note(note.encode(), [OURS])


def test_a_note_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(NoteInvalid):
        verify_note(GOOD.encode() + b"\xff", [OURS])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+530d903a",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("+Aek", "+Bek"),
        VKEY[:-4],
        VKEY.replace("U2k", "U2l"),
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_not_exactly_a_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_vkey(vkey)


def test_names_of_keys_and_texts_of_notes_are_checked_before_signing() -> None:
    assert not any(map(is_key_name, ("", "a b", "a+b", "a\n", "a\u2003b")))
    for text, name in (("text", "name"), ("a\tb\n", "name"), ("text\n", "a b")):
        with pytest.raises(NoteInvalid):
            sign_note(text, name, KEY)
