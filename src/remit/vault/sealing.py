"""The sealed record, and the context that it is bound to.

A record is `magic | alg | key term (u32) | nonce (24) | ciphertext`. Everything that says where the
record belongs is authenticated with it as a length-prefixed tuple, so that moving a record to
another row, column, version, tenant or installation makes it unreadable.
"""

from dataclasses import dataclass

from remit.kernel.entropy import Entropy
from remit.kernel.ids import InstanceId, TenantId
from remit.kernel.secret import Secret
from remit.vault import xaes

MAGIC = b"RMT1"
ALG_XAES_256_GCM = 1
_HEADER_BYTES = len(MAGIC) + 1 + 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed record belongs. `generation` counts rewrites of the same place."""

    instance: InstanceId
    tenant: TenantId
    table: str
    row: str
    column: str
    version: int
    generation: int


def seal(
    key: Secret[bytes], term: int, place: Place, plaintext: Secret[bytes], entropy: Entropy
) -> bytes:
    """The sealed record of a plaintext under a key of a term, for one place."""
    header = _header(term)
    nonce = entropy.draw(xaes.NONCE_BYTES)
    aad = _authenticated(place, term, header)
    return header + nonce + xaes.encrypt(key.open(), nonce, plaintext.open(), aad)


def unseal(key: Secret[bytes], place: Place, record: bytes) -> Secret[bytes]:
    """The plaintext of a record; raises Unsealable unless key, place and bytes are all right."""
    term = read_term(record)
    header, rest = record[:_HEADER_BYTES], record[_HEADER_BYTES:]
    nonce, ciphertext = rest[: xaes.NONCE_BYTES], rest[xaes.NONCE_BYTES :]
    aad = _authenticated(place, term, header)
    return Secret(xaes.decrypt(key.open(), nonce, ciphertext, aad))


def read_term(record: bytes) -> int:
    """The key term that a record names; raises Unsealable for what is no record of ours."""
    shortest = _HEADER_BYTES + xaes.NONCE_BYTES + 16
    if len(record) < shortest or not record.startswith(MAGIC):
        raise xaes.Unsealable("not a sealed record")
    if record[len(MAGIC)] != ALG_XAES_256_GCM:
        raise xaes.Unsealable(f"unknown sealing algorithm {record[len(MAGIC)]}")
    return int.from_bytes(record[len(MAGIC) + 1 : _HEADER_BYTES], "big")


def _header(term: int) -> bytes:
    return MAGIC + bytes([ALG_XAES_256_GCM]) + term.to_bytes(4, "big")


def _authenticated(place: Place, term: int, header: bytes) -> bytes:
    fields = (
        b"remit/v1",
        place.instance.encode(),
        place.tenant.encode(),
        place.table.encode(),
        place.row.encode(),
        place.column.encode(),
        str(place.version).encode(),
        str(term).encode(),
        str(ALG_XAES_256_GCM).encode(),
        str(place.generation).encode(),
        header,
    )
    # Length prefixes, never separators: no two tuples have the same bytes.
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)
