"""A body of another version or shape is refused."""

from typing import Literal

import pytest

from remit.audit.journal import Document
from remit.identity.documents.body import Body, decode_body, encode_body
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT


class Thing(Body):
    v: Literal[1]
    size: int


def document(body: bytes) -> Document:
    return Document(ROOT_TENANT, "thing", "thi_1", "one", 1, body)


def test_a_body_is_canonical():
    assert encode_body(Thing(v=1, size=2)) == b'{"size":2,"v":1}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"size":2}',
        b'{"v":2,"size":2}',
        b'{"v":1}',
        b'{"v":1,"size":"2"}',
        b'{"v":1,"size":true}',
        b'{"v":1,"size":2,"more":0}',
    ],
)
def test_anything_else_is_refused(body):
    with pytest.raises(Malformed):
        decode_body(document(body), Thing)
