"""Verification of a whole store: every leaf, index, node and checkpoint, the state that the log
tells of, and checkpoints held elsewhere.

What is inside the store proves only that it fits together; a checkpoint that was kept out of its
reach proves that history up to it was not rewritten. The report therefore names the tail that no
such checkpoint covers. Damage is raised with the first place where it shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.audit.checkpoint import SignedHead, TreeHead, verifier_key, verify_checkpoint
from remit.audit.effects import ExpectedState, StateDiffers
from remit.audit.entries import Entry, Installation, LogSource, Segment, StoredCheckpoint, is_kept
from remit.audit.leaf import VERSION, read_leaf
from remit.audit.note import NoteInvalid
from remit.audit.records import LogOpened, LogRestored
from remit.audit.tree import CompactRange, Node, hash_leaf
from remit.jose.ed25519 import Ed25519PublicKey
from remit.kernel.canonical import Json
from remit.kernel.errors import Malformed, RemitError


class LogDamaged(RemitError):
    """The log is not what it was. `index` is the first record that shows it, where one does."""

    def __init__(self, log: str, problem: str, index: int | None = None) -> None:
        place = log if index is None else f"{log}, record {index}"
        super().__init__(f"{place}: {problem}")
        self.log = log
        self.index = index
        self.problem = problem


class LogRolledBack(LogDamaged):
    """A checkpoint held elsewhere covers records that this store no longer has."""


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """A log that is whole. Records from `covered` to `size` are in no checkpoint held elsewhere;
    `lost` counts those that such a checkpoint covers and a restore has given up.
    """

    head: TreeHead
    covered: int
    lost: int
    checkpoints: int


@dataclass(frozen=True, slots=True)
class Verification:
    """All logs of a store, oldest first, and what the installation says of itself."""

    installation: Installation
    logs: tuple[VerifiedLog, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What verification relies on: the checkpoint keys, and the checkpoints held elsewhere."""

    keys: Sequence[Ed25519PublicKey]
    held_elsewhere: Sequence[bytes] = ()


def verify_store(source: LogSource, trust: Trust, now: int) -> Verification:
    """The verification of a store at an instant (milliseconds), or LogDamaged."""
    segments = source.segments()
    if not segments:
        raise LogDamaged("the store", "it holds no log")
    _verify_lineage(source.installation(), segments)
    heads = _verify_external(segments, trust)
    state = ExpectedState(source.state(), now)
    logs: list[VerifiedLog] = []
    for segment in segments:
        external = [signed.head for signed in heads if signed.head.log == segment.log]
        previous = logs[-1] if logs else None
        reading = _Reading(source, segment, source.installation(), state)
        logs.append(reading.verify(trust.keys, external, previous, segment is segments[-1]))
    try:
        state.verify()
    except StateDiffers as difference:
        raise LogDamaged("the state", difference.detail) from None
    return Verification(source.installation(), tuple(logs))


def _verify_lineage(installation: Installation, segments: Sequence[Segment]) -> None:
    first = segments[0].first
    for number, segment in enumerate(segments, 1):
        if segment.first != first or segment.incarnation != number:
            raise LogDamaged(segment.log, "it does not follow on the log before it", 0)
        first += segment.size
    if installation.incarnation != len(segments):
        raise LogDamaged("the store", f"incarnation {installation.incarnation} is not the last")


def _verify_external(segments: Sequence[Segment], trust: Trust) -> Sequence[SignedHead]:
    known = [verifier_key(segment.log, key) for segment in segments for key in trust.keys]
    heads = []
    for note in trust.held_elsewhere:
        try:
            heads.append(verify_checkpoint(note, known))
        except NoteInvalid as problem:
            message = f"a checkpoint held elsewhere is of another log or key: {problem.detail}"
            raise LogDamaged("the store", message) from None
    return heads


class _Reading:
    """One pass over one log."""

    def __init__(
        self, source: LogSource, segment: Segment, installation: Installation, state: ExpectedState
    ) -> None:
        self._source = source
        self._segment = segment
        self._installation = installation
        self._state = state
        self._range = CompactRange()
        self._roots: dict[int, bytes] = {}

    def verify(
        self,
        keys: Sequence[Ed25519PublicKey],
        external: Sequence[TreeHead],
        previous: VerifiedLog | None,
        is_last: bool,
    ) -> VerifiedLog:
        checkpoints = self._source.checkpoints(self._segment)
        wanted = {head.size for head in external} | {each.size for each in checkpoints}
        self._read(wanted, previous)
        self._verify_checkpoints(checkpoints, keys)
        lost = self._compare(external, is_last)
        size = self._range.size
        return VerifiedLog(
            head=TreeHead(self._segment.log, size, self._range.root()),
            covered=max((head.size for head in external if head.size <= size), default=0),
            lost=lost,
            checkpoints=len(checkpoints),
        )

    def _read(self, wanted: set[int], previous: VerifiedLog | None) -> None:
        nodes = self._source.nodes(self._segment)
        if 0 in wanted:
            self._roots[0] = self._range.root()
        for expected, entry in enumerate(self._source.entries(self._segment)):
            members = self._verify_entry(entry, expected)
            if expected == 0:
                self._verify_first(members, previous)
            self._verify_nodes(self._range.append(hash_leaf(entry.leaf)), nodes, expected)
            if self._range.size in wanted:
                self._roots[self._range.size] = self._range.root()
        if self._range.size != self._segment.size:
            raise self._damaged("records are missing", self._range.size)
        if next(nodes, None) is not None:
            raise self._damaged("the tree holds a node of no record")

    def _verify_entry(self, entry: Entry, expected: int) -> Mapping[str, Json]:
        if entry.index != expected:
            raise self._damaged("a record is missing or out of order", expected)
        try:
            members = read_leaf(entry.leaf)
            if "changes" in members:
                self._state.replay(members["changes"])
        except Malformed as problem:
            raise self._damaged(problem.detail, expected) from None
        agent = members.get("agent")
        told = (
            members.get("v"),
            members.get("log"),
            members.get("index"),
            members.get("event"),
            members.get("type"),
            members.get("at"),
            agent if isinstance(agent, str) else None,
        )
        kept = (VERSION, entry.log, expected, entry.event, entry.type, entry.at, entry.agent)
        if told != kept:
            raise self._damaged("the leaf and what is kept beside it differ", expected)
        return members

    def _verify_first(self, members: Mapping[str, Json], previous: VerifiedLog | None) -> None:
        expected: dict[str, Json] = {
            "type": str(LogOpened.__struct_config__.tag),
            "instance": self._installation.instance,
            "incarnation": self._segment.incarnation,
        }
        restored_at = None
        if previous is not None:
            expected["type"] = str(LogRestored.__struct_config__.tag)
            expected["previous"] = previous.head.log
            expected["previous_size"] = previous.head.size
            expected["previous_root"] = previous.head.root.hex()
            restored_at = members["at"]
        is_newest = self._segment.incarnation == self._installation.incarnation
        if any(members.get(name) != value for name, value in expected.items()) or (
            is_newest and self._installation.restored_at != restored_at
        ):
            raise self._damaged("the log does not begin as this installation's", 0)

    def _verify_nodes(self, completed: Sequence[Node], kept: Iterator[Node], index: int) -> None:
        for node in completed:
            if next(kept, None) != node:
                raise self._damaged(f"node {node.position} of level {node.level} differs", index)

    def _verify_checkpoints(
        self, checkpoints: Sequence[StoredCheckpoint], keys: Sequence[Ed25519PublicKey]
    ) -> None:
        newest = checkpoints[-1].number if checkpoints else 0
        numbers = [number for number in range(1, newest + 1) if is_kept(number, newest)]
        if numbers != [checkpoint.number for checkpoint in checkpoints]:
            raise self._damaged("a checkpoint is missing")
        known = [verifier_key(self._segment.log, key) for key in keys]
        for checkpoint in checkpoints:
            try:
                head = verify_checkpoint(checkpoint.note, known).head
            except NoteInvalid as problem:
                message = f"checkpoint {checkpoint.number}: {problem.detail}"
                raise self._damaged(message) from None
            if head.size != checkpoint.size or self._roots.get(head.size) != head.root:
                raise self._damaged(
                    f"checkpoint {checkpoint.number} is of another history", head.size
                )

    def _compare(self, external: Sequence[TreeHead], is_last: bool) -> int:
        """How many records a restore has given up."""
        size = self._range.size
        for head in external:
            if head.size <= size and self._roots[head.size] != head.root:
                raise self._damaged(
                    f"the checkpoint held elsewhere, of size {head.size}, is of another history"
                )
        longest = max((head.size for head in external), default=0)
        if is_last and longest > size:
            raise LogRolledBack(
                self._segment.log,
                f"a checkpoint held elsewhere covers {longest} records, and {size} are here",
                size,
            )
        return max(longest - size, 0)

    def _damaged(self, problem: str, index: int | None = None) -> LogDamaged:
        return LogDamaged(self._segment.log, problem, index)
