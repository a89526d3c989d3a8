import pytest

from tests.cli.live import Live

VALUE = "a-value-that-must-not-be-seen"


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
