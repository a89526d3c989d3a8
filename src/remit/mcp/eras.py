"""The eras of MCP: what one protocol version demands. 2025-11-25 will be a second entry here."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from remit.mcp.errors import MethodNotFound, RequestId, UnsupportedProtocolVersion
from remit.mcp.methods import MODERN_METHODS, Kind, Method


@dataclass(frozen=True, slots=True)
class Era:
    """A protocol version and the methods that it has."""

    version: str
    methods: Mapping[str, Method]

    def load_method(self, name: str, kind: Kind, request_id: RequestId | None = None) -> Method:
        """The method of that name and kind. Raises MethodNotFound."""
        method = self.methods.get(name)
        if method is None or method.kind is not kind:
            raise MethodNotFound(f"no {kind} of that name", request_id=request_id)
        return method


MODERN = Era("2026-07-28", MODERN_METHODS)

ERAS: Mapping[str, Era] = MappingProxyType({MODERN.version: MODERN})
SUPPORTED_VERSIONS: tuple[str, ...] = tuple(ERAS)


def load_era(version: str, request_id: RequestId | None = None) -> Era:
    """The era of that version. Raises UnsupportedProtocolVersion."""
    era = ERAS.get(version)
    if era is None:
        raise UnsupportedProtocolVersion(version, SUPPORTED_VERSIONS, request_id=request_id)
    return era
