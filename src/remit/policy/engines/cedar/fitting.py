"""Whether policies fit a target: what they read is there and can be seen, and their types agree.

Cedar's strict validator does the types. What it cannot know is checked here: that a policy reads no
argument which policies cannot see (Cedar would find it absent, and a forbid would be silent), and
that no containsAll is asked about a list that may be empty, which is always true.
"""

from collections.abc import Iterator, Sequence

import cedarpy

from remit.policy.argument_types import Opaque, RecordOf, SetOf
from remit.policy.engine import PolicyFault
from remit.policy.engines.cedar.documents import CedarPolicy
from remit.policy.engines.cedar.reads import Path
from remit.policy.engines.cedar.schema import full_shape, write_schema
from remit.policy.engines.cedar.target import Target


def find_faults(target: Target, policies: Sequence[CedarPolicy]) -> tuple[PolicyFault, ...]:
    """Why these policies cannot decide about the target; empty: they fit."""
    faults = [fault for policy in policies for fault in _unseen(target, policy)]
    return tuple(faults) if faults else _mistyped(target, policies)


def _mistyped(target: Target, policies: Sequence[CedarPolicy]) -> tuple[PolicyFault, ...]:
    schema = cedarpy.Schema.from_json_str(
        write_schema(target, full_shape(target)), release_gil=True
    )
    text = "\n".join(policy.text for policy in policies)
    result = cedarpy.validate_policies(text, schema, release_gil=True)
    if result.validation_passed and not result.errors:
        return ()
    named = {f"policy{number}": policy for number, policy in enumerate(policies)}
    faults = []
    for error in result.errors:
        message = error.error.removeprefix(f"for policy `{error.policy_id}`, ")
        policy = named.get(error.policy_id)
        where = f"{message} (for {target.action})"
        faults.append(PolicyFault("", 0, "", where) if policy is None else policy.fault(where))
    return tuple(faults) or (PolicyFault("", 0, "", f"not valid for {target.action}"),)


def _unseen(target: Target, policy: CedarPolicy) -> Iterator[PolicyFault]:
    record = target.record
    if record is None:
        return
    reads = policy.reads
    for path in sorted(reads.paths):
        reason = _hidden(record, path[1:]) if path[:1] == ("input",) else None
        if path == ():
            reason = _hidden(record, ())
        if reason is not None:
            name = ".".join(("context", *(path or ("input",))))
            yield policy.fault(f"`{name}` of {target.action} cannot be seen by policies: {reason}")
    if reads.always:
        yield policy.fault("`containsAll` of an empty list is always true")
    for path in sorted(reads.contained - reads.emptiness):
        if path[:1] == ("input",) and _may_be_empty(record, path[1:]):
            name = ".".join(("context", *path))
            yield policy.fault(
                f"`containsAll({name})` is true when the list is empty, as {target.action} "
                f"allows: test `{name}.isEmpty()` too"
            )


def _hidden(kind: RecordOf, path: Path) -> str | None:
    """Why the value of this path, or a part of it, is not what the tool gets; None: it is."""
    for depth, step in enumerate(path):
        field = kind.fields.get(step)
        if field is None:
            # A property that nobody declared: absent for certain only where none may be added.
            return kind.open_because
        if isinstance(field.type, Opaque):
            return field.type.reason
        if not isinstance(field.type, RecordOf):
            return None
        kind = field.type
        if depth == len(path) - 1:
            break
    return _partly_hidden(kind)


def _partly_hidden(kind: RecordOf) -> str | None:
    if kind.open_because is not None:
        return kind.open_because
    for name, field in kind.fields.items():
        if isinstance(field.type, Opaque):
            return f"`{name}`: {field.type.reason}"
        if isinstance(field.type, RecordOf) and (reason := _partly_hidden(field.type)):
            return f"`{name}`: {reason}"
    return None


def _may_be_empty(kind: RecordOf, path: Path) -> bool:
    for step in path:
        field = kind.fields.get(step)
        if field is None:
            return False
        if isinstance(field.type, SetOf):
            return field.type.may_be_empty
        if not isinstance(field.type, RecordOf):
            return False
        kind = field.type
    return False
