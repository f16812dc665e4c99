"""How a row was at a moment, from both sides: what the log said of it until then, and today's state with everything
undone that the log has happened since.

Going backwards needs no beginning, so a row that is older than the log is known for as long as the log is. Going
forwards knows what ended with a neighbour. Where the two disagree somebody has changed the row without an entry: the
log is believed for what it said last, and the field is named as doubtful.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.audit.rules.states import LABEL, Happened, Held, State, begins, differ, ends, put
from portal.audit.rules.vocabulary import DELETED, relations_of
from portal.infra.events import Ref


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """What is known of a row at a moment."""

    at: datetime
    state: State | None
    """None: there was no such row."""
    is_known: bool
    """False before the log begins: the state is then the earliest that is known of."""
    doubtful: frozenset[str] = frozenset()
    """Fields and relations that were otherwise at a later time, without an entry that says so."""
    latest: Happened | None = None
    """The entry that made it so."""
    is_erased: bool = False
    """What has changed since was erased with the person, so nobody can say how it was; `state` is None."""


class Timeline:
    """One row through time. `happened` are the entries about it and about its neighbours, in any order.

    `begins_at` is the oldest moment that the log covers; None if there is no log.
    """

    def __init__(
        self, row: Ref, *, present: State | None, happened: Iterable[Happened], begins_at: datetime | None
    ) -> None:
        self._row = row
        self._present = present
        self._happened = sorted(happened, key=lambda entry: (entry.at, entry.id.bytes))
        self._begins_at = begins_at

    @property
    def vanished(self) -> bool:
        """Whether the row is gone and the log does not say how."""
        return self._present is None and not any(ends(self._row, entry) for entry in self._happened)

    def as_of(self, at: datetime) -> AsOf:
        """The state after everything that happened up to and including that moment."""
        earlier = [entry for entry in self._happened if entry.at <= at]
        later = self._happened[len(earlier) :]
        known, was_there = _forwards(self._row, earlier)
        undone, is_there = _backwards(self._row, self._present, later)
        about = [entry for entry in earlier if entry.is_about(self._row)]
        state, doubtful = None, frozenset[str]()
        if was_there or (was_there is None and (is_there or (self.vanished and bool(about)))):
            was_deleted = any(ends(self._row, entry) for entry in later)
            state, doubtful = _together(
                known, undone, excused=None if was_deleted else _ended_later(self._row, later)
            )
        return AsOf(
            at=at,
            state=state.tidy() if state is not None else None,
            is_known=self._is_known(at),
            doubtful=doubtful,
            latest=about[-1] if about else None,
        )

    def _is_known(self, at: datetime) -> bool:
        """From its creation on and before it, if the log saw that; else from where the log begins."""
        created = any(begins(self._row, entry) for entry in self._happened)
        return created or (self._begins_at is not None and at >= self._begins_at)


def _forwards(row: Ref, entries: Sequence[Happened]) -> tuple[State, bool | None]:
    """What these entries say in the end, and whether the row is there after them; None if they don't say."""
    state, is_there = State(), None
    for entry in entries:
        if begins(row, entry) or ends(row, entry):
            state, is_there = State(), begins(row, entry)
        if entry.action in DELETED and not entry.is_own(row):
            for relation in _relations_to(row, entry.touched[0]):
                state.bonds.setdefault(relation, {})[str(entry.touched[0].id)] = None
        else:
            put(state, row, entry, "forwards")
    return state, is_there


def _backwards(row: Ref, present: State | None, entries: Sequence[Happened]) -> tuple[State | None, bool]:
    """Today's state without what these entries did, and whether the row was there before them."""
    state, was_there = present.copy() if present is not None else None, present is not None
    for entry in reversed(entries):
        if ends(row, entry):
            state, was_there = State(), True
        elif begins(row, entry):
            state, was_there = None, False
        if state is not None:
            put(state, row, entry, "backwards")
    return state, was_there


def _together(
    known: State, undone: State | None, *, excused: set[str] | None
) -> tuple[State, frozenset[str]]:
    """Both sides in one. What only one of them knows is so. Bonds to those `excused` end later without a word; None
    excuses all of them, for a row that was deleted with its bonds.
    """
    if undone is None:
        return known, frozenset()
    state, doubtful = undone.copy(), set()
    for name, value in known.fields.items():
        if name in undone.fields and differ(undone.fields[name], value):
            doubtful.add(name)
        state.fields[name] = value
    for relation, held in known.bonds.items():
        found = state.bonds.setdefault(relation, {})
        for key, facts in held.items():
            if excused is not None and key not in excused and _contradict(found, key, facts):
                doubtful.add(relation)
            if facts is not None or key in found:
                # the label of today is the better one: it is how people know what is at the other end
                found[key] = facts if facts is None else {**facts, **_label_of(found.get(key))}
    return state, frozenset(doubtful)


def _contradict(found: dict[str, Held], key: str, facts: Held) -> bool:
    """Whether the two sides say different things of a bond; no word of it backwards says that there is none. One that
    ends by itself may have been given anew since, which leaves no trace of the first.
    """
    other = found.get(key)
    if facts is None or other is None:
        return facts is not other and not (other is None and facts is not None and facts.get("expires_at"))
    return any(facts[name] != other.get(name) for name in facts if name != LABEL)


def _label_of(facts: Held) -> dict[str, str]:
    label = (facts or {}).get(LABEL)
    return {LABEL: label} if label else {}


def _relations_to(row: Ref, other: Ref) -> list[str]:
    return [relation for relation, kind in relations_of(row.type).items() if kind == other.type]


def _ended_later(row: Ref, later: Sequence[Happened]) -> set[str]:
    """The neighbours whose deletion ended the row's bonds to them."""
    gone = (entry.touched[0] for entry in later if entry.action in DELETED and entry.touched)
    return {str(other.id) for other in gone if other.id != row.id}
