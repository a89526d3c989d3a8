"""Plain Ed25519 (RFC 8032) for what is not JOSE: the audit log's checkpoints above all."""

from hashlib import sha256
from typing import NoReturn, final

from cryptography.exceptions import InvalidSignature as Refused
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as NativePublicKey

from remit.jose.errors import InvalidKey, InvalidSignature
from remit.kernel.secret import Secret

KEY_BYTES = 32
SIGNATURE_BYTES = 64


@final
class Ed25519PublicKey:
    """A key to verify with; equal to every other of the same bytes."""

    __slots__ = ("__native", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise InvalidKey(f"Ed25519 key of {len(raw)} bytes")
        self.raw = raw
        self.__native = NativePublicKey.from_public_bytes(raw)

    def __repr__(self) -> str:
        return f"Ed25519PublicKey({self.raw.hex()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ed25519PublicKey) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    @property
    def key_id(self) -> str:
        """The SHA-256 of the key, in hexadecimal."""
        return sha256(self.raw).hexdigest()

    def verify(self, message: bytes, signature: bytes) -> bytes:
        """The message, which this key has signed; InvalidSignature otherwise."""
        try:
            self.__native.verify(signature, message)
        except Refused:
            raise InvalidSignature("Ed25519 signature that is not this key's") from None
        return message


@final
class Ed25519SigningKey:
    """A key to sign with; it shows nothing of itself."""

    __slots__ = ("__native", "public")

    def __init__(self, seed: Secret[bytes]) -> None:
        if len(seed.open()) != KEY_BYTES:
            raise InvalidKey("Ed25519 seed of another length than 32 bytes")
        self.__native = Ed25519PrivateKey.from_private_bytes(seed.open())
        self.public = Ed25519PublicKey(self.__native.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Ed25519SigningKey(public={self.public!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Ed25519SigningKey is not to be pickled or copied")

    @classmethod
    def generate(cls) -> "Ed25519SigningKey":
        """A new key, drawn by the cryptographic library itself."""
        return cls(Secret(Ed25519PrivateKey.generate().private_bytes_raw()))

    def to_seed(self) -> Secret[bytes]:
        """The 32 bytes that the key is made from: sealing them is the caller's."""
        return Secret(self.__native.private_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self.__native.sign(message)
