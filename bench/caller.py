"""An agent for the bench: its platform's assertions, its proofs, and its requests as bytes.

Assertions and proofs are used once each, so that they are made before a round, with the nonce that
the server handed out; the signatures are the client's own code (remit.client).
"""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from bench.load import Answer, ask
from remit.client.proofs import ProofMaker
from remit.jose.encoding import encode_base64url
from remit.jose.jws import sign_jwt
from remit.jose.keys import SigningKey
from remit.kernel.canonical import Json
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.secret import Secret

ISSUER = "https://platform.example"
SERVER_NAME = "notes"
_VERSION = "2026-07-28"
ARGUMENTS: Mapping[str, Json] = {
    "title": "minutes of the meeting", "amount": 42, "tags": ["a", "b"]
}  # fmt: skip
_FORM = "application/x-www-form-urlencoded"


class Platform:
    """What vouches for workloads: an issuer with one ES256 key, registered with its JWKS inline."""

    def __init__(self) -> None:
        self._key = SigningKey.generate()

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [{**self._key.public.to_jwk(), "kid": self._key.kid}]})

    def vouch(self, subject: str, audience: str) -> str:
        now = int(SystemClock().now().timestamp())
        claims: Mapping[str, Json] = {
            "iss": ISSUER,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "exp": now + 300,
            "jti": encode_base64url(SystemEntropy().draw(16)),
        }
        return sign_jwt(claims, typ="JWT", key=self._key)


class Caller:
    """One agent at one server."""

    def __init__(self, platform: Platform, subject: str, public_url: str) -> None:
        self._platform = platform
        self._subject = subject
        self._url = public_url
        self._host = public_url.removeprefix("http://")
        self._port = int(public_url.rpartition(":")[2])
        self._resource = f"{public_url}/tools/{SERVER_NAME}"
        self._proofs = ProofMaker(SigningKey.generate(), SystemClock(), SystemEntropy())
        self._nonce: str | None = None

    async def learn_nonce(self) -> None:
        """The nonce of now, from any answer of the token endpoint."""
        answer = await ask(self._port, self._post("/token", b"", (("content-type", _FORM),)))
        self._keep_nonce(answer)

    def adopt_nonce(self, nonce: str) -> None:
        """Make proofs with this nonce from now on."""
        self._nonce = nonce

    async def fetch_bound(self) -> str:
        return await self._fetch(self.token_request())

    async def fetch_bearer(self) -> str:
        return await self._fetch(self.token_request(bound=False))

    def token_request(self, *, bound: bool = True) -> bytes:
        """One token request, which can be sent once."""
        form = urlencode(
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": self._platform.vouch(self._subject, self._url),
                "resource": self._resource,
            }
        )
        headers: tuple[tuple[str, str], ...] = (("content-type", _FORM),)
        if bound:
            proof = self._proofs.make("POST", f"{self._url}/token", self._nonce)
            headers = (*headers, ("dpop", proof))
        return self._post("/token", form.encode(), headers)

    def bound_call(self, access_token: str, tool: str) -> bytes:
        """One tool call with its own proof, which can be sent once."""
        secret = Secret(access_token)
        proof = self._proofs.make("POST", self._resource, self._nonce, secret)
        return self._call(tool, ("authorization", f"DPoP {access_token}"), ("dpop", proof))

    def bearer_call(self, access_token: str, tool: str) -> bytes:
        """One tool call with a bearer token."""
        return self._call(tool, ("authorization", f"Bearer {access_token}"))

    async def _fetch(self, request: bytes) -> str:
        answer = await ask(self._port, request)
        self._keep_nonce(answer)
        if answer.status != 200:
            raise RuntimeError(f"no token: {answer.status} {answer.body!r}")
        issued: str = json.loads(answer.body)["access_token"]
        return issued

    def _keep_nonce(self, answer: Answer) -> None:
        nonce = answer.header(b"dpop-nonce")
        if nonce is not None:
            self._nonce = nonce.decode()

    def _call(self, tool: str, *credentials: tuple[str, str]) -> bytes:
        body, headers = call_message(tool)
        return self._post(f"/tools/{SERVER_NAME}", body, (*headers, *credentials))

    def _post(self, path: str, body: bytes, headers: tuple[tuple[str, str], ...]) -> bytes:
        return post(self._host, path, body, headers)


def call_message(tool: str) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """A tools/call of MCP 2026-07-28, and the headers that mirror it."""
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": tool,
            "arguments": ARGUMENTS,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": _VERSION,
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = (
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", _VERSION),
        ("mcp-method", "tools/call"),
        ("mcp-name", tool),
    )
    return json.dumps(message, separators=(",", ":")).encode(), headers


def post(host: str, path: str, body: bytes, headers: tuple[tuple[str, str], ...]) -> bytes:
    """A POST as it goes on the wire."""
    lines = [f"POST {path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
    lines.extend(f"{name}: {value}" for name, value in headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
