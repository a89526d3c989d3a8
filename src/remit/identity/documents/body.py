"""The body of a document: canonical JSON of a versioned shape, in which nothing is unknown."""

from typing import TypeVar

import msgspec

from remit.audit.journal import Document
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Malformed


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every body is; subclasses say `v: Literal[1]`, and the fields of that version."""


B = TypeVar("B", bound=Body)


def encode_body(body: Body) -> bytes:
    """The canonical bytes of a body."""
    return canonicalize(msgspec.to_builtins(body, order="sorted"))


def decode_body(document: Document, shape: type[B]) -> B:
    """The body of a document; Malformed for any other shape or version."""
    try:
        return msgspec.json.decode(document.body, type=shape)
    except msgspec.MsgspecError as error:
        raise Malformed(f"{document.kind} {document.id}: {error}") from error
