"""Authority: its one canonical order, its hash, and whether one lies within another.

What was approved is what is committed to: the hash says agent, purpose and authority, whatever the
order in which somebody wrote them down.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import Malformed
from remit.kernel.ids import AgentId
from remit.kernel.numbers import MAX_EXACT_INTEGER
from remit.remits.anchor import anchor
from remit.remits.constraints import is_implied, write_constraint
from remit.remits.remit import AtMost, AuthorityEntry, Constraint, OneOf

TYP = "remit-authority"
MAX_ENTRIES = 64
MAX_TOOLS = 1024
MAX_CONSTRAINTS = 32
MAX_VALUES = 1024
MAX_ARGUMENT_LENGTH = 128
MAX_DELEGATION_DEPTH = 16


def hash_authority(agent: AgentId, purpose: str, authority: Sequence[AuthorityEntry]) -> str:
    """The `authority_hash` of a remit, the same for every order of the same authority.

    The envelope's namespace is the agent: 128 bits of chance, where tenants of two installations
    may share an id. Raises Malformed for an authority that `normalize` would refuse.
    """
    written = write_authority(normalize(authority))
    return anchor(TYP, agent, {"authority": written, "purpose": purpose})


def normalize(authority: Sequence[AuthorityEntry]) -> tuple[AuthorityEntry, ...]:
    """The same authority in its one order, unchangeable.

    Raises Malformed where it is empty, too large, names a server twice, or constrains by nothing.
    """
    if not 1 <= len(authority) <= MAX_ENTRIES:
        raise Malformed(f"an authority has between 1 and {MAX_ENTRIES} entries")
    entries = sorted(authority, key=lambda entry: entry.tool_server)
    if len({entry.tool_server for entry in entries}) != len(entries):
        raise Malformed("an authority names a tool server twice")
    return tuple(_normalize_entry(entry) for entry in entries)


def is_within(inner: Sequence[AuthorityEntry], outer: Sequence[AuthorityEntry]) -> bool:
    """Whether whatever the inner authority permits, the outer one permits too.

    Fails closed: what cannot be compared is not within.
    """
    servers = {entry.tool_server: entry for entry in outer}
    return all(
        entry.tool_server in servers and _is_entry_within(entry, servers[entry.tool_server])
        for entry in inner
    )


def write_authority(authority: Sequence[AuthorityEntry]) -> Json:
    """Authority as JSON: what is hashed, and what is stored."""
    return [
        {
            "tool_server": entry.tool_server,
            "tools": {
                name: [write_constraint(constraint) for constraint in constraints]
                for name, constraints in entry.tools.items()
            },
            "delegation_depth": entry.delegation_depth,
        }
        for entry in authority
    ]


def _is_entry_within(inner: AuthorityEntry, outer: AuthorityEntry) -> bool:
    return inner.delegation_depth <= outer.delegation_depth and all(
        name in outer.tools and all(is_implied(wanted, constraints) for wanted in outer.tools[name])
        for name, constraints in inner.tools.items()
    )


def _normalize_entry(entry: AuthorityEntry) -> AuthorityEntry:
    if not 1 <= len(entry.tools) <= MAX_TOOLS:
        raise Malformed(f"an entry has between 1 and {MAX_TOOLS} tools")
    if not 0 <= entry.delegation_depth <= MAX_DELEGATION_DEPTH:
        raise Malformed(f"a delegation depth of {entry.delegation_depth}")
    tools: Mapping[str, tuple[Constraint, ...]] = {
        name: _normalize_constraints(name, entry.tools[name]) for name in sorted(entry.tools)
    }
    return AuthorityEntry(entry.tool_server, MappingProxyType(tools), entry.delegation_depth)


def _normalize_constraints(tool: str, constraints: Sequence[Constraint]) -> tuple[Constraint, ...]:
    if not tool or len(constraints) > MAX_CONSTRAINTS:
        raise Malformed(f"tool {tool!r} with {len(constraints)} constraints")
    written = {
        canonicalize(write_constraint(each)): each
        for each in map(_normalize_constraint, constraints)
    }
    return tuple(written[each] for each in sorted(written))


def _normalize_constraint(constraint: Constraint) -> Constraint:
    if not 1 <= len(constraint.argument) <= MAX_ARGUMENT_LENGTH:
        raise Malformed("a constraint on an argument without a name, or with a long one")
    match constraint:
        case OneOf(argument, values):
            if not 1 <= len(values) <= MAX_VALUES:
                raise Malformed(f"{argument} may be one of {len(values)} values")
            # By their canonical bytes, where 1 and true are two, and in their order.
            distinct = {canonicalize(value): value for value in values}
            return OneOf(argument, tuple(distinct[each] for each in sorted(distinct)))
        case AtMost(argument, maximum):
            # True is an int to Python and its type checkers, and none to whoever reads it back.
            if isinstance(maximum, bool) or abs(maximum) > MAX_EXACT_INTEGER:
                raise Malformed(f"{argument} is at most {maximum}, which is no exact integer")
            return constraint
        case unreachable:
            assert_never(unreachable)
