import socket
from pathlib import Path

import pytest

from remit.cli.demonstration import site as places
from remit.cli.demonstration.children import ChildFailed
from remit.cli.demonstration.site import DemoSite, choose_ports, find_source
from tests.structure.source import ROOT


def test_everything_is_applied_and_pinned(site: DemoSite) -> None:
    tools = site.read("tool", "ls")
    assert {row["server"] for row in tools} == {"desk", "crm"}
    assert all(row["digest"].startswith("sha256:") for row in tools)
    changes = site.read("apply", "-f", str(site.places.work / "site.yaml"))
    assert {row["change"] for row in changes} == {"unchanged"}


def test_a_command_that_fails_is_not_read(site: DemoSite) -> None:
    with pytest.raises(ChildFailed, match="agent show"):
        site.read("agent", "show", "nobody")


def test_nothing_of_it_shows_a_secret(site: DemoSite) -> None:
    shown = repr(site)
    for value in (*site.keys.values(), site.workload["WORKLOAD_SECRET"]):
        assert value not in shown


def test_ports_are_free_and_differ() -> None:
    ports = choose_ports()
    assert len(set(ports.values())) == len(ports)
    for port in ports.values():
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_the_examples_are_found_from_within_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in places._PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).touch()
    (tmp_path / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "down")
    assert find_source() == tmp_path


def test_without_a_checkout_the_examples_are_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_source() == ROOT
    monkeypatch.setattr(places, "__file__", str(tmp_path / "site-packages" / "site.py"))
    with pytest.raises(ChildFailed, match="make demo"):
        find_source()
