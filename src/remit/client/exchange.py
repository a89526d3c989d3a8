"""One request to Remit itself, with a proof: the nonce dance of RFC 9449, and nothing twice.

A request is repeated only when the answer says that it was refused for its nonce: then it was not
acted on. Nothing else is ever sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from remit.client.proofs import ProofMaker
from remit.kernel.canonical import Json, parse_strict
from remit.kernel.errors import Malformed, RemitError, Unavailable
from remit.kernel.secret import Secret
from remit.outbound.addresses import Reach
from remit.outbound.destination import Destination, TLSOptions, parse_url
from remit.outbound.door import Door
from remit.outbound.message import Header, Limits, OutboundRequest
from remit.outbound.response import OutboundResponse

_MAX_ERROR_BYTES = 64 << 10
_WRONG_NONCE = b'error="use_dpop_nonce"'
# A tool may work for long before it says anything; its tool server's own timeout ends it.
_LIMITS = Limits(first_byte_in=330.0, idle_in=330.0, total_in=None, max_body_bytes=None)
# A token is waited for while nothing else happens: what answers slowly is asked again later.
_ISSUER_LIMITS = Limits(first_byte_in=30.0, total_in=40.0, max_body_bytes=_MAX_ERROR_BYTES)


class Refused(RemitError):
    """Remit refused the request; `code` is its error code."""

    status = 403
    error = "access_denied"
    description = "Remit refused the request."

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(f"{status} {code}: {said}")
        self.answered = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Site:
    """The one issuer that this agent is configured for, and how its certificate is checked.

    The operator named it, so it may be on a private network.
    """

    issuer: str
    ca_file: str | None = None

    def locate(self, url: str) -> tuple[Destination, bytes]:
        """Where a URL of the issuer is: nothing is ever sent anywhere else."""
        if not url.startswith(self.issuer + "/"):
            raise Unavailable(f"{url[:200]!r} is not at the configured issuer {self.issuer!r}")
        return parse_url(url, tls=TLSOptions(self.ca_file), reach=Reach(private=True))


class Exchanges:
    """Sends requests to the site, with proofs of one key."""

    def __init__(self, site: Site, door: Door, proofs: ProofMaker) -> None:
        self.site = site
        self._door = door
        self._proofs = proofs
        self._nonces: dict[str, str] = {}

    async def post_form(self, url: str, form: Mapping[str, str]) -> Mapping[str, Json]:
        """What the token endpoint answers to a form; raises Refused."""
        headers = ((b"content-type", b"application/x-www-form-urlencoded"),)
        body = urlencode(form).encode()
        response = await self._send("POST", url, headers, body, None)
        answer = _parse_object(await response.read(_MAX_ERROR_BYTES))
        if response.status != 200 and answer.get("error") == "use_dpop_nonce":
            response = await self._send("POST", url, headers, body, None)
            answer = _parse_object(await response.read(_MAX_ERROR_BYTES))
        if response.status != 200:
            raise _refusal(response.status, answer)
        return answer

    async def send(
        self,
        method: str,
        url: str,
        headers: tuple[Header, ...],
        body: bytes,
        access_token: Secret[str],
    ) -> OutboundResponse:
        """A resource's response, whatever its status; sent once more only for its nonce."""
        response = await self._send(method, url, headers, body, access_token)
        challenges = [value for name, value in response.headers if name == b"www-authenticate"]
        if response.status == 401 and any(_WRONG_NONCE in said for said in challenges):
            await response.aclose()
            return await self._send(method, url, headers, body, access_token)
        return response

    async def _send(
        self,
        method: str,
        url: str,
        headers: tuple[Header, ...],
        body: bytes,
        access_token: Secret[str] | None,
    ) -> OutboundResponse:
        # RFC 9449 section 9: nonces of the resource server are not those of the token endpoint.
        realm = "issuer" if access_token is None else "resource"
        proof = self._proofs.make(method, url, self._nonces.get(realm), access_token)
        sent: tuple[Header, ...] = (*headers, (b"dpop", proof.encode()))
        if access_token is not None:
            sent = (*sent, (b"authorization", b"DPoP " + access_token.open().encode()))
        destination, target = self.site.locate(url)
        request = OutboundRequest(method.encode(), target, sent, body)
        limits = _ISSUER_LIMITS if access_token is None else _LIMITS
        response = await self._door.send(destination, request, limits, partition="agent")
        nonce = response.header(b"dpop-nonce")
        if nonce is not None:
            self._nonces[realm] = nonce.decode("latin-1")
        return response


async def read_refusal(response: OutboundResponse) -> Refused:
    """What a refusal says, in any of the shapes that Remit answers with."""
    return parse_refusal(response.status, await response.read(_MAX_ERROR_BYTES))


def parse_refusal(status: int, body: bytes) -> Refused:
    """What the body of a refusal says."""
    return _refusal(status, _parse_object(body))


def _refusal(status: int, answer: Mapping[str, Json]) -> Refused:
    code = answer.get("error") or answer.get("type") or "refused"
    said = answer.get("error_description") or answer.get("title") or ""
    event = answer.get("event")
    return Refused(status, str(code), f"{said} ({event})" if event else str(said))


def _parse_object(body: bytes) -> Mapping[str, Json]:
    """A JSON object, or an empty one for anything else: an error may come from in between."""
    try:
        parsed = parse_strict(body)
    except Malformed:
        return {}
    return parsed if isinstance(parsed, dict) else {}
