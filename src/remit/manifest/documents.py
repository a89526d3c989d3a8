"""The kinds of document, as they are written. Unknown members are refused, names are exact.

A document says what should be; identities, revisions and states belong to the server. Nothing in a
document is a secret: a Secret names where its value is to be read from.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Name: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}\Z")]
ToolName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A part of a document."""


class Metadata(_Part, frozen=True, kw_only=True):
    """What a document is about; `name` is given once per kind, and never again."""

    name: Name


class _Document(_Part, frozen=True, kw_only=True):
    api_version: Literal["remit/v1"]
    metadata: Metadata

    @property
    def name(self) -> str:
        """The name that the document is about."""
        return self.metadata.name


class HumanSpec(_Part, frozen=True, kw_only=True):
    """A person who owns agents or administers Remit."""

    email: str | None = None


class HumanDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Human"):
    """A person."""

    spec: HumanSpec = HumanSpec()


class TrustIssuerSpec(_Part, frozen=True, kw_only=True):
    """An issuer of workload identities. Without `jwks`, keys come by OIDC discovery."""

    issuer: str
    jwks: str | None = None
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    jti_policy: Literal["single_use", "single_use_if_present", "reuse_allowed"] = "single_use"
    max_lifetime_seconds: Annotated[int, Meta(ge=30, le=86400)] = 3600
    leeway_seconds: Annotated[int, Meta(ge=0, le=30)] = 10
    ca_file: str | None = None
    allow_private: bool = False


class TrustIssuerDocument(
    _Document, frozen=True, kw_only=True, tag_field="kind", tag="TrustIssuer"
):
    """An issuer that is believed about its own subjects."""

    spec: TrustIssuerSpec


class IdentitySpec(_Part, frozen=True, kw_only=True):
    """These exact claims of this issuer are this agent."""

    name: Name
    issuer: Name
    claims: Annotated[dict[str, str], Meta(min_length=1, max_length=16)]


class AgentSpec(_Part, frozen=True, kw_only=True):
    """An agent, its owner, and the identities that are it."""

    owner: Name
    system: str
    purposes: Annotated[tuple[str, ...], Meta(min_length=1)]
    environment: str
    identities: tuple[IdentitySpec, ...] = ()


class AgentDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Agent"):
    """An agent."""

    spec: AgentSpec


class UpstreamSpec(_Part, frozen=True, kw_only=True):
    """Where the tool server really is."""

    url: str
    ca_file: str | None = None
    allow_private: bool = False


class CredentialSpec(_Part, frozen=True, kw_only=True):
    """The secret that calls to the upstream carry, in which header, behind which prefix."""

    secret: Name
    header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")] = "Authorization"
    prefix: Annotated[str, Meta(max_length=32)] = ""


class ParameterSpec(_Part, frozen=True, kw_only=True):
    """One parameter of an HTTP tool; `schema` is a JSON Schema."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")]
    place: Literal["path", "query", "body"] = msgspec.field(name="in")
    schema: dict[str, object]
    required: bool = True


class RequestSpec(_Part, frozen=True, kw_only=True):
    """The HTTP request that a tool is."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, Meta(pattern=r"^/")]
    description: str = ""
    parameters: tuple[ParameterSpec, ...] = ()


class ToolSpec(_Part, frozen=True, kw_only=True):
    """One tool. `digest` pins an MCP definition; without it, apply pins what the upstream lists."""

    name: ToolName
    risk: Literal["read", "write", "admin"]
    data_classes: tuple[str, ...] = ()
    digest: Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")] | None = None
    request: RequestSpec | None = None


class ToolServerSpec(_Part, frozen=True, kw_only=True):
    """One upstream and its tools; what is not listed here does not exist for any agent."""

    protocol: Literal["mcp", "http"]
    upstream: UpstreamSpec
    tools: Annotated[tuple[ToolSpec, ...], Meta(min_length=1)]
    credential: CredentialSpec | None = None
    timeout_seconds: Annotated[float, Meta(gt=0, le=300)] = 60.0


class ToolServerDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="ToolServer"):
    """A tool server."""

    spec: ToolServerSpec


class ConstraintSpec(_Part, frozen=True, kw_only=True):
    """A constraint on one argument: one of some values, or at most a number."""

    argument: str
    one_of: tuple[str | int | bool, ...] | None = None
    at_most: int | None = None


class GrantedToolSpec(_Part, frozen=True, kw_only=True):
    """A tool that a remit gives, and under which constraints."""

    name: ToolName
    constraints: tuple[ConstraintSpec, ...] = ()


class AuthoritySpec(_Part, frozen=True, kw_only=True):
    """What a remit gives on one tool server."""

    server: Name
    tools: Annotated[tuple[GrantedToolSpec, ...], Meta(min_length=1)]
    delegation_depth: Annotated[int, Meta(ge=0, le=8)] = 0


class RemitSpec(_Part, frozen=True, kw_only=True):
    """The unit of work. Instants are RFC 3339."""

    agent: Name
    purpose: str
    authority: Annotated[tuple[AuthoritySpec, ...], Meta(min_length=1)]
    expires_at: str
    not_before: str | None = None
    max_derivations: Annotated[int, Meta(ge=1)] | None = None


class RemitDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Remit"):
    """A remit."""

    spec: RemitSpec


class PolicySpec(_Part, frozen=True, kw_only=True):
    """Policies in Cedar, each with an @id."""

    cedar: str


class PolicyDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Policy"):
    """A set of policies."""

    spec: PolicySpec


class ValueSource(_Part, frozen=True, kw_only=True):
    """Where `remit apply` reads a secret's value: a file, or a variable of its environment."""

    file: str | None = None
    environment: str | None = None


class SecretSpec(_Part, frozen=True, kw_only=True):
    """A secret, by reference."""

    source: ValueSource = msgspec.field(name="from")


class SecretDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Secret"):
    """A secret, of which a document never holds the value."""

    spec: SecretSpec


Document: TypeAlias = (
    HumanDocument
    | TrustIssuerDocument
    | SecretDocument
    | ToolServerDocument
    | AgentDocument
    | PolicyDocument
    | RemitDocument
)
