import pytest

from remit.mcp.names import find_collisions, has_invisible_text, skeleton


@pytest.mark.parametrize(
    "text",
    ["a\u200b", "\u200d", "\ufeff", "a\u00ad", "\u202e", "\u2066", "\U000e0041", "\x00", "\x1b",
     "\x7f",
     "\u2028", "\ue000", "\u3164", "\u115f", "a\ufe0f", "\U000e0100", "\u2800", "\u034f", "\ud800"],
)  # fmt: skip
def test_text_that_is_not_seen_is_noticed(text):
    assert has_invisible_text(f"harmless {text} text")


@pytest.mark.parametrize(
    "text", ["", "plain", "Zürich", "天気", "line\nline\tx\r\n", "☁\ufe0f rain", "é"]
)
def test_text_that_is_seen_is_not(text):
    assert not has_invisible_text(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("get_user", "GET_USER"), ("get_user", "get-user"), ("a.b", "a_b"), ("getuser", "get_user"),
        ("paypal", "p\u0430yp\u0430l"), ("scope", "\u0455\u0441\u043e\u0440\u0435"),
        ("list", "1ist"), ("l0gin", "login"), ("admin", "adm\u0131n"), ("read", "r\u00e9ad"),
        ("read", "\uff52\uff45\uff41\uff44"), ("read", "re\u200bad"), ("strasse", "stra\u00dfe"),
        ("office", "o\ufb03ce"), ("delete", "d\u0435lete"),
    ],
)  # fmt: skip
def test_names_that_look_alike_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)
    assert find_collisions([one, other]) == ((other, one),)


@pytest.mark.parametrize(
    ("one", "other"), [("get_user", "get_users"), ("read", "write"), ("a", "b")]
)
def test_names_that_differ_do_not_collide(one, other):
    assert find_collisions([one, other]) == ()


def test_one_name_on_several_lists_is_no_collision_with_itself():
    assert find_collisions(["a", "a"]) == ()
