"""The installation's signing keys: made at `remit init`, opened at every start."""

from remit.audit.journal import ControlState
from remit.jose.ed25519 import Ed25519SigningKey
from remit.jose.keys import SigningKey
from remit.kernel.errors import Unavailable
from remit.tokens.keys import KeySlots, TokenClass, TokenKeys
from remit.vault.signing_keys import SigningKeyVault

ACCESS_TOKEN = "access_token"  # The name of a use, not a password.
CHECKPOINT = "checkpoint"


async def make_keys(vault: SigningKeyVault) -> None:
    """Make one key for each use."""
    token_key = SigningKey.generate()
    await vault.keep(ACCESS_TOKEN, token_key.kid, token_key.to_pem())
    checkpoint_key = Ed25519SigningKey.generate()
    await vault.keep(CHECKPOINT, checkpoint_key.public.key_id, checkpoint_key.to_seed())


def open_token_keys(vault: SigningKeyVault, state: ControlState) -> TokenKeys:
    """The newest key signs access tokens; those before it are still believed."""
    keys = [SigningKey.from_pem(pem) for pem in vault.open_keys(ACCESS_TOKEN, state)]
    if not keys:
        raise Unavailable("there is no key to sign tokens with: run `remit init`")
    retiring = tuple(key.public for key in keys[:-1])
    return TokenKeys({TokenClass.ACCESS_TOKEN: KeySlots(keys[-1], None, retiring)})


def open_checkpoint_key(vault: SigningKeyVault, state: ControlState) -> Ed25519SigningKey:
    """The key that signs checkpoints of the log."""
    seeds = vault.open_keys(CHECKPOINT, state)
    if not seeds:
        raise Unavailable("there is no key to sign checkpoints with: run `remit init`")
    return Ed25519SigningKey(seeds[-1])
