"""JSON that reads one way only: a strict parser, and the canonical form of RFC 8785 (JCS).

`parse_strict` refuses whatever two readers could understand differently: doubled keys, keys that
differ in case only, numbers that canonical JSON would alter, lone surrogates, bottomless nesting.
`canonicalize` writes the one text of a value; what was parsed and decided on is sent as these
bytes. Both raise Malformed and nothing else, and its detail quotes no content.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from itertools import accumulate
from json import JSONDecodeError, JSONDecoder, JSONEncoder
from json.encoder import encode_basestring
from re import DOTALL
from re import compile as pattern
from typing import NoReturn, TypeAlias

import msgspec

from remit.kernel.errors import Malformed
from remit.kernel.numbers import (
    MAX_EXACT_INTEGER,
    is_laid_out_alike,
    read_decimal,
    read_integer,
    write_double,
    write_integer,
)

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_MEMBERS = 100_000
# What was parsed may be wrapped before it is written, so that writing reaches deeper than reading.
MAX_WRITTEN_DEPTH = 2 * MAX_DEPTH

# Possessive, so that no text makes it backtrack.
_STRINGS = pattern(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', DOTALL)
_SURROGATE_ESCAPES = pattern(rb"\\u[dD][89a-fA-F]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def parse_strict(
    raw: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_members: int = MAX_MEMBERS,
) -> Json:
    """The one value that these bytes say, in dicts and lists that are the caller's own.

    `max_members` bounds members and elements of all levels together. Raises Malformed for
    everything else, never RecursionError, whatever the bytes.
    """
    if len(raw) > max_bytes:
        raise Malformed(f"JSON of {len(raw)} bytes, where {max_bytes} are allowed")
    _refuse_excess(raw, max_depth, max_members)
    try:
        value: Json = _DECODER.decode(raw.decode())
        # RFC 8785 section 3.2.2.2: a lone surrogate ends the parse. Only an escape can be one.
        if _SURROGATE_ESCAPES.search(raw):
            _UNICODE.encode(value).encode()
    except JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} at {error.pos}") from None
    except UnicodeError:
        raise Malformed("JSON that is not UTF-8, or holds a lone surrogate") from None
    except RecursionError:
        raise Malformed("JSON nested deeper than the stack that is left") from None
    return value


def parse_strict_object(
    raw: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_members: int = MAX_MEMBERS,
) -> Mapping[str, Json]:
    """As `parse_strict`, for bytes that must be an object."""
    value = parse_strict(raw, max_bytes=max_bytes, max_depth=max_depth, max_members=max_members)
    if not isinstance(value, dict):
        raise Malformed("JSON that is not an object")
    return value


def canonicalize(value: Json) -> bytes:
    """The canonical bytes of a value.

    Raises Malformed for what has none: NaN, infinities, integers beyond 2^53-1, lone surrogates,
    names that are not text, types that are not JSON's, nesting beyond MAX_WRITTEN_DEPTH.
    """
    try:
        # msgspec agrees with RFC 8785 but for some floats and the order of names outside ASCII.
        if _are_plain((value,), MAX_WRITTEN_DEPTH):
            return _SORTED.encode(value)
        return _write(value, MAX_WRITTEN_DEPTH).encode()
    except UnicodeEncodeError:
        raise Malformed("a lone surrogate has no canonical form") from None
    except RecursionError:
        raise Malformed("nested deeper than the stack that is left") from None


def digest(value: Json) -> str:
    """`sha256:` and the hexadecimal digest of the canonical bytes."""
    return digest_bytes(canonicalize(value))


def digest_bytes(canonical: bytes) -> str:
    """`digest` for bytes that `canonicalize` has written."""
    return "sha256:" + sha256(canonical).hexdigest()


def _refuse_excess(raw: bytes, max_depth: int, max_members: int) -> None:
    # Counting what stands inside strings too can only overstate: a small count is proof.
    opened = raw.count(b"[") + raw.count(b"{")
    if opened <= max_depth and raw.count(b",") + opened <= max_members:
        return
    skeleton = _STRINGS.sub(b"", raw)
    # One member more than commas, in each thing that is opened and not empty.
    if skeleton.count(b",") + skeleton.count(b"[") + skeleton.count(b"{") > max_members:
        raise Malformed(f"JSON with more than {max_members} members")
    brackets = skeleton.translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > max_depth:
        raise Malformed(f"JSON nested deeper than {max_depth}")


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # Some readers (Go's encoding/json) match names without case: `{"a":1,"A":2}` reads two ways.
    members = dict(pairs)
    if len({*map(str.casefold, members)}) != len(pairs):
        raise Malformed("a JSON object with names that are equal, or equal but for case")
    return members


def _constant(_: str) -> NoReturn:
    raise Malformed("NaN and infinities are not JSON")


_DECODER = JSONDecoder(
    object_pairs_hook=_members,
    parse_int=read_integer,
    parse_float=read_decimal,
    parse_constant=_constant,
)
_UNICODE = JSONEncoder(ensure_ascii=False, check_circular=False)
_SORTED = msgspec.json.Encoder(order="sorted")
_TEXT: set[type] = {str}
_ALWAYS_PLAIN: set[type] = {str, bool, type(None)}


def _are_plain(values: Collection[Json], depth: int) -> bool:
    # Exact types: a subclass may write itself in its own way, and is left to `_write`.
    if {*map(type, values)} <= _ALWAYS_PLAIN:
        return True
    for value in values:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            continue
        if kind is int and isinstance(value, int):
            if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
                return False
        elif kind is float and isinstance(value, float):
            if not is_laid_out_alike(value):
                return False
        elif depth == 0:
            return False
        elif kind is dict and isinstance(value, dict):
            if not (_are_ascii(value) and _are_plain(value.values(), depth - 1)):
                return False
        elif kind is not list or not isinstance(value, list) or not _are_plain(value, depth - 1):
            return False
    return True


def _are_ascii(names: Mapping[str, Json]) -> bool:
    return {*map(type, names)} <= _TEXT and "".join(names).isascii()


def _write(value: Json, depth: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int):
        return write_integer(value)
    if isinstance(value, float):
        return write_double(value)
    if depth == 0:
        raise Malformed(f"nested deeper than {MAX_WRITTEN_DEPTH}")
    if isinstance(value, Mapping):
        return _write_members(value, depth - 1)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_write(element, depth - 1) for element in value]) + "]"
    raise Malformed(f"{type(value).__name__} is not a JSON type")


def _write_members(members: Mapping[str, Json], depth: int) -> str:
    if not all(isinstance(name, str) for name in members):
        raise Malformed("a name that is not text has no canonical form")
    # RFC 8785 section 3.2.3: names are ordered by their UTF-16 code units.
    written = [
        f"{encode_basestring(name)}:{_write(members[name], depth)}"
        for name in sorted(members, key=_utf_16)
    ]
    return "{" + ",".join(written) + "}"


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-be")
