from tests.cli.live import SERVER, Live


def test_tools_are_listed_for_people_and_for_programs(live: Live) -> None:
    rows = [row for row in live.read("tool", "ls") if row["server"] == "notes"]
    assert [(row["tool"], row["risk"], row["pin"]) for row in rows] == [
        ("read_note", "read", "holds")
    ]
    assert live.run("tool", "ls").stdout.startswith("SERVER")


def test_a_tool_server_is_shown_without_its_secret(live: Live) -> None:
    shown = live.run("tool", "show", "notes")
    assert "notes-key" in shown.stdout
    assert "notes-key-0123456789" not in shown.stdout
    assert live.read("tool", "show", "notes")["secret"] == "notes-key"


def test_a_retired_tool_server_is_gone_from_the_list(live: Live) -> None:
    server = live.name("server")
    live.apply(SERVER.format(server=server))
    assert server in {row["server"] for row in live.read("tool", "ls")}
    assert live.read("tool", "retire", server, "--reason", "a test")["retired"] is True
    assert server not in {row["server"] for row in live.read("tool", "ls")}


def test_an_unknown_tool_server_is_not_found(live: Live) -> None:
    assert live.run("tool", "show", "nothing").exit_code == 4
    assert live.run("tool", "retire", "nothing", "--reason", "a test").exit_code == 4
