"""What can be wrong with the chain, in words for operators. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

Kind = Literal[
    "altered", "missing", "inserted", "reordered", "truncated", "rewritten", "unsealed", "backdated", "forged"
]

MEANING: Final[dict[Kind, str]] = {
    "altered": "was changed after it was sealed, or a row it touched was, or what stood before it was cut out",
    "missing": "is not there any more",
    "inserted": "was put between two entries that belong together",
    "reordered": "stands in another's place",
    "truncated": "the end of the chain is gone",
    "rewritten": "the chain was written anew",
    "unsealed": "is neither in the chain nor waiting for it",
    "backdated": "says that it is older than a checkpoint that does not know it",
    "forged": "a signature is not the portal's",
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """The first thing that is wrong: at which place, with which entry, and how that was seen."""

    kind: Kind
    position: int | None = None
    entry_id: str | None = None
    """The 32 digits of the entry's id, where there is one."""
    evidence: str = ""

    @property
    def text(self) -> str:
        """One line: `position 17, entry …: was changed after it was sealed (…)`."""
        place = f"position {self.position:,}" if self.position is not None else ""
        entry = f"entry {self.entry_id}" if self.entry_id else ""
        where = ", ".join(part for part in (place, entry) if part)
        what = f"{where}: {MEANING[self.kind]}" if where else MEANING[self.kind]
        return f"{what} ({self.evidence})" if self.evidence else what

    def describe(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, described: dict[str, Any]) -> Self:
        return cls(**described)
