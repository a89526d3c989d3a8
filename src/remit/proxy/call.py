"""Story 2: a tool call, from the request to what is released of its answer.

Nothing reaches an upstream, and nothing comes back from one, but through `ToolProxy.call`.
"""

from dataclasses import replace

from remit.identity.proof.nonces import Nonces
from remit.kernel.entropy import Entropy
from remit.kernel.errors import RemitError
from remit.proxy.attempt import Attempt
from remit.proxy.decide import Decisions, OwnAnswer
from remit.proxy.headers import trace_headers
from remit.proxy.intent import Intents
from remit.proxy.limits import Concurrency
from remit.proxy.messages import IncomingCall, Released
from remit.proxy.own_answers import OwnAnswers
from remit.proxy.ports import Credentials
from remit.proxy.refusals import Refusals
from remit.proxy.refusing import Refusing
from remit.proxy.release import Releases
from remit.proxy.upstream import Manner, UpstreamCalls


class ToolProxy:
    """The tool proxy; `call` is the story."""

    def __init__(
        self,
        *,
        decisions: Decisions,
        own_answers: OwnAnswers,
        concurrency: Concurrency,
        intents: Intents,
        credentials: Credentials,
        upstream: UpstreamCalls,
        releases: Releases,
        refusals: Refusals,
        refusing: Refusing,
        nonces: Nonces,
        entropy: Entropy,
    ) -> None:
        self._decisions = decisions
        self._own_answers = own_answers
        self._concurrency = concurrency
        self._intents = intents
        self._credentials = credentials
        self._upstream = upstream
        self._releases = releases
        self._refusals = refusals
        self._refusing = refusing
        self._nonces = nonces
        self._entropy = entropy

    async def call(self, incoming: IncomingCall) -> Released:
        """Answer one request: released, or refused in the caller's own form."""
        attempt = Attempt()
        try:
            released = await self._call(incoming, attempt)
        except RemitError as error:
            self._refusals.record(error, attempt)
            return self._refusing.phrase(error, attempt, self._nonces.current())
        if attempt.caller is None or not attempt.caller.is_bound:
            return released
        # RFC 9449 section 8.2: the next proof's nonce comes with each answer.
        nonce = (b"dpop-nonce", self._nonces.current().encode())
        return replace(released, headers=(*released.headers, nonce))

    async def _call(self, incoming: IncomingCall, attempt: Attempt) -> Released:
        """Tell the story of one request.

        0 route: which tool server, by URL alone -> Route
        1 the caller: verify token and proof -> Caller
        2 stops and epochs, and what stands behind the token -> Clearance, Standing
        3 describe: the body parsed once, strictly -> CallRequest
        4 authorize -> CallPermit, which holds that request
        5 audit the intent, before any effect -> Receipt
        6 obtain the credential for this permit -> Credential
        7 upstream: in flight, epochs once more, exactly the permitted request -> Answered
        8 obligations: scan for the injected credential, project, write anew -> Released
        9 audit the outcome; for a stream, when it ends or is cut
        """
        # 0 to 4
        decided = await self._decisions.decide(incoming, attempt)
        if isinstance(decided, OwnAnswer):
            return self._own_answers.answer(decided)
        permit, asked, standing = decided.permit, decided.asked, decided.standing
        with self._concurrency.enter(standing.agent.id, permit.request.tool_server.id) as slot:
            # 5
            outcome = await self._intents.record(permit, standing.caller)
            outcome.leaving(slot.keep())
        with outcome:
            # 6
            credential = self._credentials.obtain(permit)
            # 7
            trace = trace_headers(incoming, self._entropy)
            manner = Manner(standing.path, asked.form, trace, asked.parameter_headers)
            answered = await self._upstream.send(permit, credential, outcome, manner)
            # 8
            released = await self._releases.release(answered, asked.form, credential, outcome)
            # 9
            return outcome.conclude(released)
