"""Verifying the chain: everything is computed again, a stretch at a time, and held against what was signed."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.repository.chain import Chain, Link
from portal.audit.repository.checkpoints import Checkpoints
from portal.audit.rules.canonical import ENTRY_COLUMNS
from portal.audit.rules.checkpoints import PublicKey, SignedHead, is_genuine
from portal.audit.rules.verdicts import Problem
from portal.audit.rules.walking import Walk

STRETCH: Final = 2_000
"""Links in memory at once."""
SLACK: Final = timedelta(hours=1)
"""How much older than a checkpoint an entry may be that was sealed after it: longer than any transaction lasts."""

_CREATED_AT: Final = ENTRY_COLUMNS.index("created_at")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_ID: Final = UUID(int=0)
_IDS_AT_ONCE: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a walk found."""

    after: int
    """The position it started behind."""
    position: int
    """The last position that is right."""
    entries: int
    checkpoints: int
    """Signed heads of the database that were held against the chain."""
    exported: int
    """Those from outside."""
    reached_end: bool
    is_whole: bool
    """Whether it went from the beginning to the end."""
    problem: Problem | None


@dataclass
class Verifier:
    """One walk. `reading` gives a short session for each stretch, so that no snapshot is held for long."""

    reading: Callable[[], Session]
    keys: Mapping[str, PublicKey]
    exported: Iterable[SignedHead] = ()
    _walk: Walk = field(init=False)
    _known: dict[int, bytes] = field(default_factory=dict, init=False)
    _newest: SignedHead | None = field(default=None, init=False)
    _fitting: int = field(default=0, init=False)
    _checkpoints: int = field(default=0, init=False)
    _exported: int = field(default=0, init=False)

    def run(self, *, after: int = 0, most: int | None = None, strays: bool = True) -> Verdict:
        """Walk from behind that position, over `most` links or to the end; there, perhaps, look for `strays`, entries
        that have no place in the chain.
        """
        outside = _Peekable(self.exported)
        start, problem = self._begin(after)
        at_end = False
        while problem is None and not at_end and (most is None or self._walk.entries < most):
            left = STRETCH if most is None else min(STRETCH, most - self._walk.entries)
            with self.reading() as session:
                chain = Chain(session)
                links = chain.links(after=self._walk.position, upto=self._walk.position + left)
                if links:
                    problem = self._stretch(session, links) or self._outside(chain, outside)
                elif (further := chain.next_position(after=self._walk.position)) is not None:
                    gap = f"{further - self._walk.position - 1:,} in a row"
                    problem = Problem(kind="missing", position=self._walk.position + 1, evidence=gap)
                else:
                    at_end = True
                if problem is not None and (problem.position or 0) <= chain.root().position:
                    start, problem = self._begin(0)  # retention took the beginning away meanwhile
        if problem is None and at_end:
            problem = self._end(outside) or (self._never_sealed() if strays else None)
        return Verdict(
            after=start,
            position=self._walk.position,
            entries=self._walk.entries,
            checkpoints=self._checkpoints,
            exported=self._exported,
            reached_end=at_end,
            is_whole=at_end and after == 0,
            problem=problem,
        )

    def _begin(self, after: int) -> tuple[int, Problem | None]:
        with self.reading() as session:
            chain, checkpoints = Chain(session), Checkpoints(session)
            root, tombstone = chain.root(), checkpoints.tombstone()
            self._walk = Walk(root.position, root.hash)
            self._known = {root.position: root.hash}
            if tombstone is not None and not is_genuine(tombstone, self.keys):
                return root.position, _forged(tombstone)
            if after > root.position:
                digest = chain.hash_at(after)
                if digest is None:
                    return after, Problem(kind="missing", position=after)
                self._walk = Walk(after, digest)
                self._known = {after: digest}
            self._newest = checkpoints.last_until(self._walk.position)
            return self._walk.position, None

    def _stretch(self, session: Session, links: Sequence[Link]) -> Problem | None:
        problem = self._walk.follow(links)
        self._known = {link.position: link.hash for link in links if link.position <= self._walk.position}
        signed = Checkpoints(session).between(after=links[0].position - 1, upto=self._walk.position)
        if (late := self._backdated(links, signed)) is not None:
            return late
        for head in signed:
            self._checkpoints += 1
            if (wrong := self._held_against(head, self._known.get(head.position))) is not None:
                # the walk names the very entry where it has found the cause
                is_cause = problem is not None and (problem.position or math.inf) <= head.position
                return problem if is_cause else wrong
        return problem

    def _backdated(self, links: Sequence[Link], signed: Sequence[SignedHead]) -> Problem | None:
        """Whatever is older than a checkpoint was there when it was signed, and so stands before it."""
        heads = iter((*signed, None))
        upcoming = next(heads)
        limit = _limit(self._newest)
        for link in links:
            if upcoming is not None and link.position > upcoming.position:
                self._newest, limit = upcoming, _limit(upcoming)
                upcoming = next(heads)
            created_at = link.entry[_CREATED_AT] if link.entry is not None else None
            if isinstance(created_at, int) and created_at < limit and link.position <= self._walk.position:
                evidence = f"sealed after the checkpoint of {_time(self._newest)}"
                return Problem(
                    kind="backdated", position=link.position, entry_id=link.entry_id, evidence=evidence
                )
        if upcoming is not None:
            self._newest = upcoming
        return None

    def _outside(self, chain: Chain, outside: "_Peekable") -> Problem | None:
        """Copies of checkpoints as far as we have come; older ones than the chain still has say nothing."""
        while outside.head is not None and outside.head.position <= self._walk.position:
            head = outside.take()
            self._exported += 1
            stored = self._known.get(head.position) or chain.hash_at(head.position)
            if stored is None and (root := chain.root()).position >= head.position:
                if root.position > head.position:
                    continue
                stored = root.hash
            if (wrong := self._held_against(head, stored)) is not None:
                return wrong
        return None

    def _held_against(self, head: SignedHead, stored: bytes | None) -> Problem | None:
        if not is_genuine(head, self.keys):
            return _forged(head)
        if stored == head.hash:
            self._fitting = max(self._fitting, head.position)
            return None
        evidence = f"the checkpoint of {_time(head)} at position {head.position:,} knows another hash"
        return Problem(kind="rewritten", position=self._fitting + 1, evidence=evidence)

    def _end(self, outside: "_Peekable") -> Problem | None:
        """Nothing comes any more: was there ever something more?"""
        with self.reading() as session:
            last = Checkpoints(session).last()
            problem = self._outside(Chain(session), outside)
        for head in (last, outside.head):
            if problem is None and head is not None and head.position > self._walk.position:
                problem = self._beyond(head)
        return problem

    def _beyond(self, head: SignedHead) -> Problem:
        if not is_genuine(head, self.keys):
            return _forged(head)
        evidence = f"the checkpoint of {_time(head)} tells of position {head.position:,}"
        return Problem(kind="truncated", position=self._walk.position + 1, evidence=evidence)

    def _never_sealed(self) -> Problem | None:
        last: UUID | None = _FIRST_ID
        while last is not None:
            with self.reading() as session:
                found, last = Chain(session).never_sealed(after=last, most=_IDS_AT_ONCE)
            if found is not None:
                return Problem(kind="unsealed", entry_id=found.hex)
        return None


class _Peekable:
    """Heads from outside, one ahead."""

    def __init__(self, heads: Iterable[SignedHead]) -> None:
        self._heads = iter(heads)
        self.head: SignedHead | None = next(self._heads, None)

    def take(self) -> SignedHead:
        if self.head is None:
            raise LookupError
        taken, self.head = self.head, next(self._heads, None)
        return taken


def _limit(head: SignedHead | None) -> int:
    return (head.at - SLACK - _EPOCH) // timedelta(microseconds=1) if head else 0


def _forged(head: SignedHead) -> Problem:
    return Problem(kind="forged", position=head.position, evidence=f"{head.role} of {_time(head)}")


def _time(head: SignedHead | None) -> str:
    return f"{head.at:%Y-%m-%d %H:%M} UTC" if head else "nothing"
