"""TLS with certificates reloaded in place: new handshakes see the new one, nothing restarts."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

from remit.kernel.errors import Unavailable

_CHECK_SECONDS = 1.0


class TLSError(Unavailable):
    """The certificate or its key cannot be used."""


class ReloadingTLS:
    """A server context whose certificate follows its files."""

    def __init__(self, certificate: Path, key: Path, reloaded: Callable[[str], None]) -> None:
        self._certificate = certificate
        self._key = key
        self._reloaded = reloaded
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._stamp = self._read_stamp()
        self._load()

    async def watch(self) -> None:
        """Follow the files until cancelled. A pair that does not load leaves the old one in use."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            self.reload_if_changed()

    def reload_if_changed(self) -> None:
        """Load the pair again if either file changed; report what came of it."""
        stamp = self._read_stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._load()
        except TLSError as problem:
            self._reloaded(problem.detail)
        else:
            self._reloaded("")

    def _load(self) -> None:
        try:
            # A trial on a context of its own: a failed load must not leave half a pair in use.
            for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):
                # With none at all, OpenSSL would ask the terminal for an encrypted key's password.
                context.load_cert_chain(self._certificate, self._key, password="")
        except (OSError, ssl.SSLError) as problem:
            raise TLSError(f"{self._certificate}, {self._key}: {problem}") from None

    def _read_stamp(self) -> tuple[int, int, int, int] | None:
        try:
            one, two = self._certificate.stat(), self._key.stat()
        except OSError:
            return None
        # The change time: a copy that keeps its old date, and a mended mode, are changes too.
        return one.st_ctime_ns, one.st_ino, two.st_ctime_ns, two.st_ino
