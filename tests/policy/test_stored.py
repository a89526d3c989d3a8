from dataclasses import replace

import pytest

from remit.audit.journal import Document
from remit.kernel.errors import Malformed
from remit.kernel.ids import PolicyId
from remit.policy.engine import PolicyDocument
from remit.policy.stored import (
    KIND,
    StoredPolicies,
    decode_policies,
    encode_policies,
    verify_document_name,
)
from tests.policy.scene import TEN

STORED = StoredPolicies(TEN, PolicyId("pol_1"), "ops", 'permit("é");', in_force=True, revision=3)


def test_what_is_encoded_is_read_again_as_the_next_revision():
    put = encode_policies(STORED)
    assert (put.kind, put.id, put.name, put.expected_revision) == (KIND, "pol_1", "ops", 3)
    document = Document(put.tenant, put.kind, put.id, put.name, 4, put.body)
    assert decode_policies(document) == replace(STORED, revision=4)
    assert STORED.document == PolicyDocument("ops", 'permit("é");')


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"v":2,"text":"","in_force":true}', b'{"v":1,"text":"","in_force":true,"x":1}'],
)
def test_what_is_of_another_shape_is_refused(body):
    with pytest.raises(Malformed):
        decode_policies(Document(TEN, KIND, "pol_1", "ops", 1, body))


@pytest.mark.parametrize("name", ["", "Ops", "1ops", "ops/x", "ops.x", "o" * 64, "ops\n"])
def test_a_name_is_plain(name):
    with pytest.raises(Malformed):
        verify_document_name(name)
    assert verify_document_name("ops-2") == "ops-2"
