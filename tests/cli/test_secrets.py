from typing import Self

import pytest
from click.testing import CliRunner

from remit.cli.entry import main
from tests.cli.live import Live

VALUE = "a-value-that-must-not-be-seen"


class Terminal:
    """What `sys` is where a person types."""

    @property
    def stdin(self) -> Self:
        return self

    def isatty(self) -> bool:
        return True


@pytest.fixture
def name(live: Live) -> str:
    fresh = live.name("secret")
    live.read("secret", "set", fresh, stdin=VALUE + "\n")
    return fresh


def test_a_secret_goes_in_and_no_command_shows_it(live: Live, name: str) -> None:
    for said in (live.run("secret", "ls"), live.run("secret", "ls", "-o", "json")):
        assert name in said.stdout
        assert VALUE not in said.stdout
    set_again = live.run("secret", "set", name, stdin=VALUE)
    assert VALUE not in set_again.output


def test_a_secret_gets_new_versions(live: Live, name: str) -> None:
    assert live.read("secret", "set", name, stdin="another-value")["current_version"] == 2


def test_a_version_is_disabled_enabled_and_destroyed(live: Live, name: str) -> None:
    live.read("secret", "set", name, stdin="another-value")
    assert live.read("secret", "disable", name, "2")["current_version"] == 1
    assert live.read("secret", "enable", name, "2")["current_version"] == 2
    assert live.read("secret", "destroy", name, "2")["versions"] == ["1 enabled", "2 destroyed"]
    assert live.run("secret", "enable", name, "2").exit_code == 5


def test_an_unknown_secret_or_version_is_not_found(live: Live, name: str) -> None:
    assert live.run("secret", "disable", "nothing", "1").exit_code == 4
    assert live.run("secret", "disable", name, "7").exit_code == 4


@pytest.mark.parametrize("value", ["", "\n", "x" * ((64 << 10) + 1), "schlüssel-ä"])
def test_what_can_be_no_secret_is_refused_unseen(live: Live, value: str) -> None:
    refused = live.run("secret", "set", live.name("secret"), stdin=value)
    assert refused.exit_code == 6
    assert not value.strip() or value.strip() not in refused.output


def test_a_value_is_never_cut_short_unsaid(live: Live) -> None:
    value = "x" * ((64 << 10) - 1) + "\n\nand more of it"
    name = live.name("secret")
    assert live.run("secret", "set", name, stdin=value).exit_code == 6
    assert name not in {row["name"] for row in live.read("secret", "ls")}


def test_the_largest_secret_is_taken(live: Live) -> None:
    assert live.run("secret", "set", live.name("secret"), stdin="x" * (64 << 10)).exit_code == 0


def test_bytes_that_are_no_text_are_refused_with_words(live: Live) -> None:
    command = ["secret", "set", live.name("secret"), "-d", str(live.home)]
    refused = CliRunner().invoke(main, command, input=b"value-\xff\xfe")
    assert refused.exit_code == 6
    assert isinstance(refused.exception, SystemExit)
    assert "value-" not in refused.output


def test_at_a_terminal_the_value_is_asked_for_twice_and_not_shown(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []

    def prompt(text: str, **how: object) -> str:
        said.append((text, how))
        return VALUE

    monkeypatch.setattr("click.prompt", prompt)
    monkeypatch.setattr("remit.cli.secrets.sys", Terminal())
    done = live.run("secret", "set", live.name("secret"))
    assert done.exit_code == 0
    assert VALUE not in done.output
    assert said == [("Value", {"hide_input": True, "confirmation_prompt": True})]
