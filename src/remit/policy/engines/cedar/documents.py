"""Documents of Cedar text, read policy by policy, so that each fault names its line.

Each policy has an id of its own in the whole bundle: its `@id`, or its document's name and number.
Templates are refused: what is in force can be read as it stands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import DOTALL
from re import compile as pattern

import cedarpy
import msgspec

from remit.kernel.canonical import Json
from remit.policy.engine import PoliciesInvalid, PolicyDocument, PolicyFault
from remit.policy.engines.cedar.reads import Reads, find_reads
from remit.policy.engines.cedar.scope import Scope, read_scope

MAX_DOCUMENT = 256 << 10
MAX_POLICY = 16 << 10
MAX_POLICIES = 2000
# Cedar's parser recurses on brackets until the process dies of it, and writes `has a.b.c` out as
# the square of its length: both are bounded before it sees the text.
MAX_NESTING = 32
MAX_OPERATORS = 400

_PIECES = pattern(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|//[^\n\r]*+|;', DOTALL)
_LEADING = pattern(rb"(?:\s++|//[^\n\r]*+)*+")
_ID = pattern(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_OPERATORS = pattern(rb"[.!<>=+*&|,-]|\b(?:if|has|like|in|is)\b")
_BRACKETS = pattern(rb"[()\[\]{}]")


@dataclass(frozen=True, slots=True)
class CedarPolicy:
    """One policy: where it stands, what it says, and what that reads."""

    id: str
    document: str
    line: int
    text: str
    tree: Json
    permits: bool
    scope: Scope
    reads: Reads

    def fault(self, message: str) -> PolicyFault:
        """A fault of this policy."""
        return PolicyFault(self.document, self.line, self.id, message)


@dataclass(frozen=True, slots=True)
class _Piece:
    document: str
    number: int
    line: int
    text: bytes

    @property
    def name(self) -> str:
        return f"{self.document}.{self.number}"

    def fault(self, message: str) -> PolicyFault:
        return PolicyFault(self.document, self.line, self.name, message)


def read_documents(documents: Sequence[PolicyDocument]) -> tuple[CedarPolicy, ...]:
    """All policies of the documents. Raises PoliciesInvalid with every fault found."""
    faults: list[PolicyFault] = []
    policies: dict[str, CedarPolicy] = {}
    for document in documents:
        for piece in _split(document, faults):
            policy = _read(piece, faults)
            if policy is None:
                continue
            if policy.id in policies:
                other = policies[policy.id]
                where = f"{other.document}:{other.line}"
                faults.append(policy.fault(f"its id is already that of the policy at {where}"))
            policies[policy.id] = policy
    if len(policies) > MAX_POLICIES:
        faults.append(PolicyFault("", 0, "", f"more than {MAX_POLICIES} policies"))
    if faults:
        raise PoliciesInvalid(faults)
    return tuple(policies.values())


def _split(document: PolicyDocument, faults: list[PolicyFault]) -> Iterator[_Piece]:
    """The policies of a document: a `;` ends one, outside of strings and comments."""
    text = document.text.encode("utf-8", "surrogatepass")
    if len(text) > MAX_DOCUMENT:
        faults.append(PolicyFault(document.name, 1, "", f"longer than {MAX_DOCUMENT} bytes"))
        return
    start = number = 0
    for match in _PIECES.finditer(text):
        if match[0] != b";":
            continue
        number += 1
        yield _piece(document, number, text, start, match.end())
        start = match.end()
    rest = _piece(document, number + 1, text, start, len(text))
    if rest.text:
        faults.append(rest.fault("a policy ends with `;`"))


def _piece(document: PolicyDocument, number: int, text: bytes, start: int, end: int) -> _Piece:
    leading = _LEADING.match(text, start, end)
    first = start if leading is None else leading.end()
    return _Piece(document.name, number, text.count(b"\n", 0, first) + 1, text[first:end])


def _read(piece: _Piece, faults: list[PolicyFault]) -> CedarPolicy | None:
    try:
        return _parse(piece)
    except ValueError as error:
        faults.append(piece.fault(str(error)))
        return None


def _parse(piece: _Piece) -> CedarPolicy:
    if len(piece.text) > MAX_POLICY:
        raise ValueError(f"longer than {MAX_POLICY} bytes")
    _refuse_excess(_PIECES.sub(b'""', piece.text))
    text = piece.text.decode()
    parsed = msgspec.json.decode(cedarpy.policies_to_json_str(text))
    if parsed["templates"] or len(parsed["staticPolicies"]) != 1:
        raise ValueError("a template, which Remit does not put in force")
    (tree,) = parsed["staticPolicies"].values()
    scope = read_scope(tree)
    if unknown := scope.unknown_types():
        raise ValueError(f"no such entity type: {', '.join(sorted(unknown))}")
    return CedarPolicy(
        id=_identify(piece, tree.get("annotations", {}).get("id")),
        document=piece.document,
        line=piece.line,
        text=text,
        tree=tree,
        permits=tree["effect"] == "permit",
        scope=scope,
        reads=find_reads(tree["conditions"]),
    )


def _refuse_excess(skeleton: bytes) -> None:
    depth = 0
    for match in _BRACKETS.finditer(skeleton):
        depth += 1 if match[0] in b"([{" else -1
        if depth > MAX_NESTING:
            raise ValueError(f"nested deeper than {MAX_NESTING}")
    if len(_OPERATORS.findall(skeleton)) > MAX_OPERATORS:
        raise ValueError(f"more than {MAX_OPERATORS} operators; make several policies of it")


def _identify(piece: _Piece, given: str | None) -> str:
    if given is None:
        return piece.name
    if _ID.fullmatch(given) is None:
        raise ValueError("an @id is letters, digits, and any of . _ : / -")
    return given
