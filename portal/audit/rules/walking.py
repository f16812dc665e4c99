"""Walking along the chain: each link is made again, and the first misfit is told from its neighbours. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from portal.audit.rules.canonical import FORM, Raw, canonical, link
from portal.audit.rules.verdicts import Kind, Problem

_NEAR: Final = 200
"""How far the entry that belongs into a place is looked for."""


class Linked(Protocol):
    """A stored link and its entry, as the repository reads it."""

    @property
    def position(self) -> int: ...
    @property
    def entry_id(self) -> str: ...
    @property
    def form(self) -> int: ...
    @property
    def hash(self) -> bytes: ...
    @property
    def entry(self) -> Raw | None: ...
    @property
    def subjects(self) -> Sequence[Raw]: ...


@dataclass(slots=True)
class Walk:
    """Where a walker stands: after how many links, the hash there, and what came before."""

    position: int
    hash: bytes
    before: bytes = b""
    """The hash one link earlier."""
    last: Linked | None = None
    entries: int = 0

    def follow(self, links: Sequence[Linked]) -> Problem | None:
        """Go on over these links; what is wrong with the first that does not fit, or nothing."""
        for index, found in enumerate(links):
            if found.position != self.position + 1:
                gap = f"{found.position - self.position - 1:,} in a row" if found.position else ""
                return Problem(kind="missing", position=self.position + 1, evidence=gap)
            if found.entry is None:
                return self._wrong("missing", found, "its link is there")
            digest = self._digest(found, after=self.hash)
            if digest != found.hash:
                return self._misfit(links, index)
            self.before, self.hash, self.position, self.last = self.hash, digest, found.position, found
            self.entries += 1
        return None

    def _misfit(self, links: Sequence[Linked], index: int) -> Problem:
        """The link at `index` does not follow from where we stand: is it the entry, or the place?"""
        found = links[index]
        if self.last is not None and self._digest(found, after=self.before) == found.hash:
            return self._wrong("inserted", self.last, "the next one follows from the one before it")
        hashes = {self.position: self.hash, **{other.position: other.hash for other in links}}
        for other in links[max(0, index - _NEAR) : index + _NEAR]:
            if other is found or other.entry is None:
                continue
            here = self._digest(other, after=self.hash)
            if here == found.hash:
                return self._wrong("reordered", found, f"entry {other.entry_id} belongs there")
            if here == other.hash:
                behind = (other.hash, hashes.get(other.position - 1, b""))
                if any(self._digest(found, after=hash_) == found.hash for hash_ in behind):
                    return self._wrong("reordered", found, f"entry {other.entry_id} belongs there")
                if other.position == found.position + 1:
                    return self._wrong("inserted", found, "the next one follows from the one before it")
        return self._wrong("altered", found, "its hash is another one now")

    @staticmethod
    def _digest(found: Linked, *, after: bytes) -> bytes:
        if found.form != FORM or found.entry is None:
            return b""
        return link(after, canonical(found.entry, found.subjects))

    @staticmethod
    def _wrong(kind: Kind, found: Linked, evidence: str) -> Problem:
        return Problem(kind=kind, position=found.position, entry_id=found.entry_id, evidence=evidence)
