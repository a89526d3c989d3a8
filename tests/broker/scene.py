"""A token endpoint on real parts in memory: one platform, two agents, two tool servers, a remit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from remit.audit.journal import Change, Receipt
from remit.audit.records import Record
from remit.audit.refusals import RefusalCounter
from remit.broker.authentication import Authentication
from remit.broker.form import MEDIA_TYPE
from remit.broker.grants.jwt_bearer import GRANT_TYPE
from remit.broker.minting import Minting, TokenResponse
from remit.broker.refusals import Refusals
from remit.broker.requested_access import AccessRequests, Audiences
from remit.broker.token_endpoint import TokenEndpoint
from remit.broker.token_request import IncomingTokenRequest
from remit.client.proofs import ProofMaker
from remit.identity.evidence import AuthenticatedAgent, Confirmation
from remit.identity.federation.oidc import AssertionVerifier
from remit.identity.proof.dpop import ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.jose.key_cache import KeyCache
from remit.jose.keys import KeySet, SigningKey
from remit.storage.memory.journal import MemoryJournal
from remit.telemetry.names import LogEvent
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.tokens.access_token import AccessTokenIssuer
from remit.tokens.keys import KeySlots, TokenClass, TokenKeys
from tests.identity.fakes import BINDING, ISSUER, another, seconds, sign
from tests.policy.scene import Permissive
from tests.remits.desk import Office

US = "https://remit.example"
ENDPOINT = f"{US}/token"
MAIL = f"{US}/tools/mail"
PLATFORM, HOLDER, OUR_KEY = (SigningKey.generate("ES256") for _ in range(3))

Meanwhile = Callable[[], Awaitable[object]]


class BusyJournal(MemoryJournal):
    """Lets somebody else act just before the next commit, as they may while it is queued."""

    meanwhile: Meanwhile | None = None

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            await act()
        return await super().commit(record, changes)


class Lines:
    """What was logged, as (event, fields)."""

    def __init__(self) -> None:
        self.said: list[tuple[LogEvent, dict[str, Any]]] = []

    def notice(self, event: LogEvent, **fields: Any) -> None:
        self.said.append((event, fields))


class Keys:
    """The platform's keys, always at hand."""

    async def load(self, issuer: object, kid: object) -> KeySet:
        return KeySet((PLATFORM.public,))


class Hall(Office):
    """An Office with the token endpoint in front of it; `q3` is ada's remit for the mail."""

    def __init__(self) -> None:
        super().__init__(BusyJournal(FakeClock(), FakeEntropy("hall")))
        asyncio.run(self._fill())
        self.directory.put_issuer(ISSUER)
        self.directory.put_binding(replace(BINDING, agent=self.ada.id))
        bea = {"sub": "repo:acme/bea", "repository_id": "4712"}
        self.directory.put_binding(another(BINDING, 2, agent=self.bea.id, claims=bea))
        self.remit = self.create("q3")
        self.engine, self.lines = Permissive(), Lines()
        self.counter = RefusalCounter(self.journal, self.clock)
        self.audiences = Audiences(US, self.directory)
        self.proofs = ProofMaker(HOLDER, self.clock, self.entropy)
        self.keys = TokenKeys({TokenClass.ACCESS_TOKEN: KeySlots(OUR_KEY)})
        self.authentication = self._authentication()
        self.access_requests = AccessRequests(self.audiences, self.book, self.clock, 300)
        self.minting = Minting(US, AccessTokenIssuer(self.keys), self.entropy)
        self.refusals = Refusals(self.journal, self.counter, self.lines, self.clock)
        self.token_endpoint = TokenEndpoint(
            self.authentication,
            self.access_requests,
            self.stops,
            self,
            self.journal,
            self.minting,
            self.refusals,
        )

    def _authentication(self) -> Authentication:
        nonces = Nonces.of_process(self.entropy, self.clock)
        proofs = ProofVerifier(nonces, self.clock, keys=KeyCache(), nonce_required=False)
        audiences = frozenset({US, ENDPOINT})
        verifier = AssertionVerifier(self.directory, Keys(), self.clock, audiences)
        return Authentication(self.ada.tenant, ENDPOINT, proofs, verifier)

    def assertion(self, **changes: Any) -> str:
        """What the platform says of ada's workload; `changes` override."""
        now = seconds(self.clock.now())
        said = {
            "iss": ISSUER.issuer, "aud": US, "iat": now, "exp": now + 300,
            "jti": self.entropy.draw(8).hex(), **BINDING.claims, **changes,
        }  # fmt: skip
        return sign({"alg": "ES256", "kid": PLATFORM.kid, "typ": "JWT"}, said, PLATFORM)

    def proof(self) -> str:
        return self.proofs.make("POST", ENDPOINT, None)

    def authenticated(self, **changes: Any) -> AuthenticatedAgent:
        """Ada, as if her assertion had just been verified."""
        binding = replace(BINDING, agent=self.ada.id)
        until = self.clock.now() + timedelta(seconds=300)
        return replace(AuthenticatedAgent(self.ada, binding, ISSUER, until, None), **changes)

    def confirmation(self) -> Confirmation:
        return self.authentication.confirm((self.proof(),))

    def incoming(self, *proofs: str, **form: str) -> IncomingTokenRequest:
        """A request for the mail, with changes to its form."""
        asked = {"grant_type": GRANT_TYPE, "resource": MAIL, "assertion": self.assertion(), **form}
        return IncomingTokenRequest((MEDIA_TYPE,), proofs, (), urlencode(asked).encode())

    def issue(self, incoming: IncomingTokenRequest) -> TokenResponse:
        return asyncio.run(self.token_endpoint.issue(incoming))

    def ask(self, **form: str) -> TokenResponse:
        """A token for a holder of a key, who proves it."""
        return self.issue(self.incoming(self.proof(), **form))

    def told(self, kind: type[Record]) -> list[Any]:
        """The records of a kind."""
        return [record for record in self.journal.records if isinstance(record, kind)]
