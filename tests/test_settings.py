"""Settings: what cannot be meant is refused, with the file and the key that it is about."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from remit.settings import FILE_NAME, Settings, SettingsError, load_settings


def load(directory: Path, text: str) -> Settings:
    (directory / FILE_NAME).write_text(text, "utf-8")
    return load_settings(directory)


def refuse(directory: Path, text: str) -> str:
    """Why this file is refused; every reason names the file."""
    with pytest.raises(SettingsError) as refused:
        load(directory, text)
    assert str(directory / FILE_NAME) in refused.value.detail
    return refused.value.detail


# --- the file ----------------------------------------------------------------------------------


def test_a_missing_file_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"remit\.toml is missing: run `remit init` first"):
        load_settings(tmp_path)


@pytest.mark.parametrize("text", ["server\n", "[server\n", "a = 1\na = 2\n", "port = 08"])
def test_what_is_no_toml_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    assert "line" in refuse(tmp_path, text)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'[log]\nlevel = "\xff"\n')
    with pytest.raises(SettingsError, match="utf-8"):
        load_settings(tmp_path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(SettingsError, match="directory"):
        load_settings(tmp_path)


def test_an_empty_file_is_all_defaults_on_the_loopback(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert settings == Settings()
    assert settings.server.listen.host == settings.server.operations.host == "127.0.0.1"
    assert settings.administration.administrators == ()


def test_settings_are_as_they_were_read(tmp_path: Path) -> None:
    settings = load(tmp_path, "[tokens]\nlifetime_seconds = 60\n")
    assert settings.tokens.lifetime_seconds == 60
    with pytest.raises(ValidationError):
        settings.tokens.lifetime_seconds = 600


# --- keys and values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("sever = 1", "sever"),
        ("[server]\npublic_urls = 'http://localhost'", "server.public_urls"),
        ("[server.listen]\nport = 1\nhots = '::1'", "server.listen.hots"),
        ("[log]\nlevels = 'info'", "log.levels"),
        (
            "[[administration.administrators]]\nuid = 1\nhuman = 'ada'\nroot = true",
            "administration.administrators.0.root",
        ),
    ],
)
def test_an_unknown_key_is_refused_by_name(tmp_path: Path, text: str, key: str) -> None:
    assert f": {key}: " in refuse(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("server = 1", "server"),
        ("[server]\npublic_url = 1", "server.public_url"),
        ("[server]\nshutdown_seconds = 0", "server.shutdown_seconds"),
        ("[server]\nshutdown_seconds = nan", "server.shutdown_seconds"),
        ("[server.listen]\nhost = '127.0.0.1'", "server.listen.port"),
        ("[server.listen]\nport = 65536", "server.listen.port"),
        ("[server.operations]\nport = -1", "server.operations.port"),
        ("[limits]\nbody_bytes = 0", "limits.body_bytes"),
        ("[limits]\nheader_bytes = 2097152", "limits.header_bytes"),
        ("[limits]\ncalls_per_agent = 0", "limits.calls_per_agent"),
        ("[limits]\ncalls_per_tool_server = -1", "limits.calls_per_tool_server"),
        ("[limits]\nconnections = 0", "limits.connections"),
        ("[limits]\nrequest_seconds = inf", "limits.request_seconds"),
        ("[tokens]\nlifetime_seconds = 29", "tokens.lifetime_seconds"),
        ("[tokens]\nlifetime_seconds = 601", "tokens.lifetime_seconds"),
        ("[log]\nlevel = 'trace'", "log.level"),
        ("[log]\nformat = 'xml'", "log.format"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    assert f": {key}: " in refuse(tmp_path, text)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    told = refuse(tmp_path, "[log]\nlevel = 'trace'\n[tokens]\nlifetime_seconds = 1\n")
    assert [line.split(": ")[1] for line in told.splitlines()] == [
        "tokens.lifetime_seconds",
        "log.level",
    ]


def test_a_value_that_should_not_be_here_is_not_repeated(tmp_path: Path) -> None:
    told = refuse(tmp_path, "[server]\ntls_key = 1234567890123\npassword = 'hunter2-canary'\n")
    assert "hunter2" not in told
    assert "1234567890123" not in told


# --- where it is reached -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "remit.example",
        "http://remit.example",
        "https://remit.example/",
        "https://Remit.example",
        "https://remit.example:443",
        "https://remit.example?x=1",
        "ftp://remit.example",
    ],
)
def test_a_public_url_that_is_no_exact_issuer_is_refused_by_its_key(
    tmp_path: Path, url: str
) -> None:
    assert ": server.public_url: " in refuse(tmp_path, f"[server]\npublic_url = '{url}'\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "remit.example", "", "127.0.0.1 "])
def test_plaintext_is_for_the_loopback_only(tmp_path: Path, host: str) -> None:
    told = refuse(tmp_path, f"[server.listen]\nhost = '{host}'\nport = 1\n")
    assert "server.listen.host" in told
    assert "server.tls_certificate" in told


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_loopback_needs_no_certificate(tmp_path: Path, host: str) -> None:
    settings = load(tmp_path, f"[server.listen]\nhost = '{host}'\nport = 1\n")
    assert settings.server.listen.host == host


@pytest.mark.parametrize("given", ["tls_certificate", "tls_key"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_half_a_tls_is_none(tmp_path: Path, given: str, host: str) -> None:
    text = f"[server]\n{given} = 'x.pem'\n[server.listen]\nhost = '{host}'\nport = 1\n"
    assert "server.tls_certificate and server.tls_key go together" in refuse(tmp_path, text)


def test_with_both_tls_files_it_may_listen_anywhere(tmp_path: Path) -> None:
    text = "[server]\ntls_certificate = 'c.pem'\ntls_key = 'k.pem'\n"
    settings = load(tmp_path, text + "[server.listen]\nhost = '0.0.0.0'\nport = 443\n")
    assert (settings.server.tls_certificate, settings.server.tls_key) == (
        Path("c.pem"),
        Path("k.pem"),
    )


def test_operations_stay_on_the_loopback_even_with_tls(tmp_path: Path) -> None:
    text = "[server]\ntls_certificate = 'c.pem'\ntls_key = 'k.pem'\n"
    text += "[server.operations]\nhost = '0.0.0.0'\nport = 1\n"
    assert "server.operations.host" in refuse(tmp_path, text)


# --- who administers ---------------------------------------------------------------------------


def administrator(uid: str, human: str) -> str:
    return f"[[administration.administrators]]\nuid = {uid}\nhuman = '{human}'\n"


def test_administrators_are_listed_by_uid(tmp_path: Path) -> None:
    settings = load(tmp_path, administrator("0", "ada") + administrator("1000", "ada"))
    listed = settings.administration.administrators
    assert [(each.uid, each.human) for each in listed] == [(0, "ada"), (1000, "ada")]


@pytest.mark.parametrize("uid", ["-1", "true", "'0'", "1.0"])
def test_a_uid_is_a_number(tmp_path: Path, uid: str) -> None:
    told = refuse(tmp_path, administrator(uid, "ada"))
    assert "administration.administrators.0.uid" in told


def test_one_uid_does_not_stand_for_two_humans(tmp_path: Path) -> None:
    told = refuse(tmp_path, administrator("7", "ada") + administrator("7", "alice"))
    assert ": administration.administrators: " in told
