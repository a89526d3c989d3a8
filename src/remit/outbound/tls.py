"""TLS contexts: built once for each set of roots, and again only when the CA file changes.

Building a context costs milliseconds (it was half of a peer's CPU time), so it never happens on
the path of a call over an open connection.
"""

import ssl
from pathlib import Path

from remit.outbound.destination import TLSOptions
from remit.outbound.errors import UpstreamUnreachable

_MAX_CONTEXTS = 64


class TLSContexts:
    """The contexts of one door, by the CA file and what the file system says of it."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[str | None, int, int], ssl.SSLContext] = {}

    def load(self, options: TLSOptions) -> ssl.SSLContext:
        """A context that verifies the chain and the host name, for TLS 1.2 and later."""
        key = (options.ca_file, *_file_version(options.ca_file))
        context = self._contexts.get(key)
        if context is None:
            context = _build(options)
            if len(self._contexts) >= _MAX_CONTEXTS:
                self._contexts.pop(next(iter(self._contexts)))
            self._contexts[key] = context
        return context


def _file_version(path: str | None) -> tuple[int, int]:
    if path is None:
        return 0, 0
    try:
        found = Path(path).stat()
    except OSError as failure:
        raise UpstreamUnreachable(f"no CA file: {type(failure).__name__}") from None
    return found.st_mtime_ns, found.st_size


def _build(options: TLSOptions) -> ssl.SSLContext:
    # Not create_default_context: that one obeys SSLKEYLOGFILE, which writes session keys to a file.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if options.ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as failure:
        raise UpstreamUnreachable(f"CA file refused: {type(failure).__name__}") from None
    return context
