"""What is asked, under which remit: the resource by exact audience, the remit that covers it."""

from dataclasses import dataclass

from remit.broker.token_request import TokenRequest
from remit.identity.directory import Directory
from remit.identity.evidence import AuthenticatedAgent, Confirmation, Unbound
from remit.identity.principals import Agent
from remit.identity.tools import ToolServer
from remit.kernel.clock import Clock
from remit.kernel.ids import TenantId
from remit.kernel.oauth import InvalidTarget
from remit.policy.request import Facts, MintRequest
from remit.remits.book import RemitBook
from remit.remits.selection import select_remit
from remit.signals.targets import Target, agent_target, remit_target, tool_server_target
from remit.tokens.lifetime import limit_lifetime

CATALOGUE_PATH = "/tools"


@dataclass(frozen=True, slots=True)
class Audiences:
    """The resources of this site: `{public_url}/tools/{name}`, and the catalogue of them."""

    public_url: str
    directory: Directory

    @property
    def catalogue(self) -> str:
        """The resource that lists what a remit reaches."""
        return self.public_url + CATALOGUE_PATH

    def find(self, tenant: TenantId, resource: str) -> ToolServer | None:
        """The tool server whose audience this is, compared exactly; None for the catalogue.

        Raises InvalidTarget for anything else.
        """
        if resource == self.catalogue:
            return None
        name = resource.removeprefix(self.catalogue + "/")
        server = self.directory.tool_servers.find_named(tenant, name)
        if server is None or server.retired or resource != f"{self.catalogue}/{name}":
            raise InvalidTarget(f"no tool server has the audience {resource[:200]!r}")
        return server


class AccessRequests:
    """Finds what a token request asks for."""

    def __init__(
        self, audiences: Audiences, book: RemitBook, clock: Clock, lifetime_seconds: int
    ) -> None:
        self._audiences = audiences
        self._book = book
        self._clock = clock
        self._lifetime_seconds = lifetime_seconds

    def find(
        self,
        request: TokenRequest,
        authenticated: AuthenticatedAgent,
        confirmation: Confirmation | Unbound,
    ) -> MintRequest:
        """The token that is asked for. Raises InvalidTarget, naming only what is the agent's.

        It never outlives its remit, and not by much the platform's word (`tokens/lifetime.py`).
        """
        agent, now = authenticated.agent, self._clock.now()
        tool_server = self._audiences.find(agent.tenant, request.resource)
        remit = select_remit(self._book, agent, tool_server, request.remit, now)
        lifetime_seconds = limit_lifetime(
            now,
            remit_expires_at=remit.expires_at,
            assertion_expires_at=authenticated.assertion_expires_at,
            longest_seconds=self._lifetime_seconds,
        )
        return MintRequest(
            agent=agent,
            remit=remit,
            tool_server=tool_server,
            resource=request.resource,
            lifetime_seconds=lifetime_seconds,
            facts=Facts(bound=isinstance(confirmation, Confirmation), depth=0, at=now),
        )


def path_of(agent: Agent, asked: MintRequest | None = None) -> tuple[Target, ...]:
    """Every target that a stop could name on the way to a token, as far as it is known."""
    path = [agent_target(agent.tenant, agent.id)]
    if asked is not None:
        path.append(remit_target(agent.tenant, asked.remit.id))
        if asked.tool_server is not None:
            path.append(tool_server_target(agent.tenant, asked.tool_server.id))
    return tuple(path)
