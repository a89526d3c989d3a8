"""Settings: one TOML file in the state directory, read once, unknown keys refused.

A setting is never a secret; where one is needed, the setting names the file that holds it. Every
setting is documented in docs/reference/settings.md, and a test says so.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from remit.kernel.errors import Malformed
from remit.kernel.uri import parse_issuer

FILE_NAME = "remit.toml"


class SettingsError(Malformed):
    """The settings file is missing, or says something that cannot be meant."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _issuer(text: str) -> str:
    try:
        return parse_issuer(text)
    except Malformed as problem:
        # The one kind of error that pydantic gathers, and tells with the key that it is about.
        raise ValueError(problem.detail) from None


class Listen(_Section):
    """An address to listen on."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)]


class ServerSettings(_Section):
    """Where Remit is reached. `public_url` is the issuer and the base of every audience."""

    public_url: Annotated[str, AfterValidator(_issuer)] = "http://127.0.0.1:8470"
    listen: Listen = Listen(port=8470)
    operations: Listen = Listen(port=8471)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    shutdown_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0


class Administrator(_Section):
    """A local uid and the human that it stands for."""

    # `uid = true` is no uid 1.
    uid: Annotated[int, Field(ge=0, strict=True)]
    human: str


def _one_human_each(listed: tuple[Administrator, ...]) -> tuple[Administrator, ...]:
    uids = [administrator.uid for administrator in listed]
    if len(set(uids)) < len(uids):
        raise ValueError("a uid stands for one human: it is listed once")
    return listed


class AdministrationSettings(_Section):
    """Who may use the unix socket: listed uids, each mapped to a human, and nobody else."""

    socket: Path = Path("admin.sock")
    administrators: Annotated[tuple[Administrator, ...], AfterValidator(_one_human_each)] = ()


class AuditSettings(_Section):
    """Where the newest checkpoint is exported to, every second in which the log has grown."""

    checkpoint: Path = Path("checkpoint")


class LimitSettings(_Section):
    """Bounds on what one caller can make the server hold; bytes and seconds."""

    body_bytes: Annotated[int, Field(ge=1024, le=16 << 20)] = 1 << 20
    header_bytes: Annotated[int, Field(ge=1024, le=1 << 20)] = 32 << 10
    calls_per_agent: Annotated[int, Field(ge=1)] = 64
    calls_per_tool_server: Annotated[int, Field(ge=1)] = 256
    connections: Annotated[int, Field(ge=1)] = 2048
    request_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0


class TokenSettings(_Section):
    """How long an access token lives, in seconds; ten minutes at most."""

    lifetime_seconds: Annotated[int, Field(ge=30, le=600)] = 300


class LogSettings(_Section):
    """How the application log is written (the audit log is not this)."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Settings(_Section):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    administration: AdministrationSettings = AdministrationSettings()
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    tokens: TokenSettings = TokenSettings()
    log: LogSettings = LogSettings()


Section = TypeVar("Section", bound=BaseModel)


def load_settings(directory: Path) -> Settings:
    """The settings of a state directory. Raises SettingsError with the key and what is wrong."""
    path = directory / FILE_NAME
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: run `remit init` first") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(f"{path}: {problem}") from None
    try:
        settings = Settings.model_validate(content)
    except ValidationError as problem:
        raise SettingsError(_explain(path, problem)) from None
    _check_transport(path, settings.server)
    return settings


def _explain(path: Path, problem: ValidationError) -> str:
    lines = [
        f"{path}: {'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
        for error in problem.errors(include_input=False, include_url=False)
    ]
    return "\n".join(lines)


LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def _check_transport(path: Path, server: ServerSettings) -> None:
    """TLS everywhere; plaintext on the loopback only (DESIGN.md section 4)."""
    if (server.tls_certificate is None) != (server.tls_key is None):
        raise SettingsError(f"{path}: server.tls_certificate and server.tls_key go together")
    if server.tls_certificate is None and server.listen.host not in LOOPBACK_HOSTS:
        raise SettingsError(
            f"{path}: server.listen.host is {server.listen.host!r}: without TLS Remit listens on "
            "the loopback only; set server.tls_certificate and server.tls_key"
        )
    if server.operations.host not in LOOPBACK_HOSTS:
        raise SettingsError(f"{path}: server.operations.host must be on the loopback")
