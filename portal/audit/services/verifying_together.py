"""Verifying on several cores: parts of the chain know nothing of one another but the hash between them.

Each part begins at the stored hash that the part before it ends with, and proves it; so the parts together prove what
one walk over all of them would.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

from sqlalchemy.orm import Session

from portal.audit.repository.chain import Chain
from portal.audit.rules.checkpoints import PublicKey, SignedHead
from portal.audit.services.verifying import Verdict, Verifier

WORTH_A_PROCESS: Final = 10_000
"""Links; fewer are verified before another process is there."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The links in `(after, upto]`. The last part has no end: it goes on to whatever was sealed meanwhile."""

    after: int
    upto: int | None
    is_first: bool

    def holds(self, head: SignedHead) -> bool:
        """Whether a checkpoint is this part's to look at; older ones than all parts are the first one's."""
        return (self.is_first or head.position > self.after) and (
            self.upto is None or head.position <= self.upto
        )


@dataclass(frozen=True, kw_only=True)
class Together:
    """One verification. `in_child` lets a forked process forget its parent's connections."""

    reading: Callable[[], Session]
    keys: Mapping[str, PublicKey]
    exported: Callable[[], Iterable[SignedHead]] = field(default=tuple)
    """Checkpoints from outside, in their order; each process reads them for itself."""
    in_child: Callable[[], object]
    processes: int
    worth: int = WORTH_A_PROCESS

    def run(self, *, after: int = 0) -> Verdict:
        """Everything behind that position, entries without a place in the chain included.

        Raises:
            Exception: whatever a process could not go on from; nothing has been found out then.
        """
        parts = self._parts(after)
        if len(parts) == 1:
            return self._walk(parts[0])
        return _joined([_taken(line) for line in [self._begin(part) for part in parts]], after=after)

    def _parts(self, after: int) -> Sequence[Part]:
        with self.reading() as session:
            chain = Chain(session)
            first, last = max(after, chain.root().position), chain.head().position
        count = max(1, min(self.processes, (last - first) // self.worth))
        ends = [first + math.ceil((last - first) * number / count) for number in range(1, count)]
        return [
            Part(after=begin, upto=end, is_first=begin == after)
            for begin, end in zip([after, *ends], [*ends, None], strict=True)
        ]

    def _begin(self, part: Part) -> Connection:
        here, there = get_context("fork").Pipe(duplex=False)
        get_context("fork").Process(target=self._answer, args=(part, there), daemon=True).start()
        there.close()
        return here

    def _answer(self, part: Part, line: Connection) -> None:
        self.in_child()
        try:
            line.send(self._walk(part))
        except Exception as failed:  # noqa: BLE001 - told to who asked
            line.send(failed)

    def _walk(self, part: Part) -> Verdict:
        verifier = Verifier(self.reading, self.keys, self._heads_of(part))
        most = None if part.upto is None else part.upto - part.after
        return verifier.run(after=part.after, most=most, strays=part.upto is None)

    def _heads_of(self, part: Part) -> Iterator[SignedHead]:
        return (head for head in self.exported() if part.holds(head))


def _taken(line: Connection) -> Verdict:
    answer = line.recv()
    if isinstance(answer, Exception):
        raise answer
    verdict: Verdict = answer
    return verdict


def _joined(verdicts: Sequence[Verdict], *, after: int) -> Verdict:
    """What one walk would have said: it would have stopped at the first misfit."""
    bad = next((index for index, verdict in enumerate(verdicts) if verdict.problem is not None), None)
    walked = verdicts if bad is None else verdicts[: bad + 1]
    last = walked[-1]
    return replace(
        last,
        after=walked[0].after,
        entries=sum(verdict.entries for verdict in walked),
        checkpoints=sum(verdict.checkpoints for verdict in walked),
        exported=sum(verdict.exported for verdict in walked),
        is_whole=last.reached_end and after == 0,
    )
