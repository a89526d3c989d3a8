"""Names and texts that look like what they are not.

A person approves what they see, and a model obeys what it reads: text that only one of the two
notices, and names that differ without looking different, are reported before anything is approved.
"""

import unicodedata
from collections.abc import Iterable

# Characters that are shown as nothing although their category says letter or mark.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_EMOJI_STYLE = "\ufe0f"


def has_invisible_text(text: str) -> bool:
    """Whether a reader would not see all of it, or not in its order.

    Format characters (zero width, bidirectional controls, tags), other controls, private use, and
    the marks that select a glyph's variant, which have been used to carry hidden text.
    """
    if text.isascii() and text.isprintable():
        return False
    before = ""
    for character in text:
        is_emoji = character == _EMOJI_STYLE and before and unicodedata.category(before) == "So"
        if not is_emoji and is_invisible(character):
            return True
        before = character
    return False


def is_invisible(character: str) -> bool:
    """Whether one character is shown as nothing; tabs and line ends are not counted."""
    if character in "\t\n\r":
        return False
    if character in _BLANKS or "\ufe00" <= character <= "\ufe0f":
        return True
    if "\U000e0100" <= character <= "\U000e01ef":
        return True
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES


# What looks like a Latin letter: the part of Unicode TR 39's confusables that names are attacked
# with, after case folding. Under "" stand the separators: `a.b`, `a_b` and `a-b` are one name to
# whatever turns names into identifiers.
_LOOKALIKES = {
    "a": "\u0430\u0251\u03b1",
    "b": "\u0432\u044c",
    "c": "\u0441\u03f2",
    "d": "\u0501",
    "e": "\u0435\u04bd\u0454\u03b5",
    "g": "\u0261",
    "h": "\u04bb\u043d",
    "i": "\u0456\u0457\u0131\u03b9\u04cf1l|",
    "j": "\u0458",
    "k": "\u043a\u03ba",
    "m": "\u043c",
    "n": "\u043f\u03b7\u0578",
    "o": "\u043e\u03bf\u03c3\u05850",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "r": "\u0433",
    "s": "\u04555",
    "t": "\u0442\u03c4",
    "u": "\u03c5\u057d",
    "v": "\u03bd\u0475",
    "w": "\u051d\u03c9",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3\u04af",
    "": "\u2013\u2014\u2010-_. /:",
}
_TO_LATIN = str.maketrans({look: latin for latin, looks in _LOOKALIKES.items() for look in looks})


def skeleton(name: str) -> str:
    """What is left of a name when case, width, accents, separators and lookalikes are set aside."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    seen = "".join(c for c in folded if not unicodedata.combining(c) and not is_invisible(c))
    return unicodedata.normalize("NFKC", seen).translate(_TO_LATIN)


def find_collisions(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of names that a person, a model or an identifier could take for one another."""
    first: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for name in names:
        other = first.setdefault(skeleton(name), name)
        if other != name:
            found.append((name, other))
    return tuple(found)
