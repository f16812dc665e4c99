"""A row as entries describe it: what one side of a change says is put on a state, forwards or backwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from portal.audit.rules.vocabulary import AUDIENCE, BONDS, CREATED, DELETED, PERMISSIONS
from portal.infra.events import Ref

Facts = Mapping[str, Any]
Held = dict[str, Any] | None
"""What is said of a bond; None says that there is none."""
Direction = Literal["forwards", "backwards"]
LABEL: Final = "label"


@dataclass(frozen=True, kw_only=True)
class Happened:
    """An entry, as far as a state follows from it."""

    id: UUID
    at: datetime
    action: str
    touched: Sequence[Ref]
    before: Facts | None = None
    after: Facts | None = None

    def is_about(self, row: Ref) -> bool:
        return any(ref.id == row.id for ref in self.touched)

    def is_own(self, row: Ref) -> bool:
        """Whether it is about the row itself, which is then the first that it touched."""
        return (
            bool(self.touched) and self.touched[0].id == row.id and self.action.startswith(f"{row.type}.")
        ) and self.action not in BONDS


@dataclass(kw_only=True)
class State:
    """A row: its fields, and by relation and key what it is bound to. None stands for what is known not to be there."""

    fields: dict[str, Any] = field(default_factory=dict)
    bonds: dict[str, dict[str, Held]] = field(default_factory=dict)

    def copy(self) -> "State":
        """Another one; what values hold inside is never changed, only replaced."""
        return State(
            fields=dict(self.fields), bonds={relation: dict(held) for relation, held in self.bonds.items()}
        )

    def tidy(self) -> "State":
        """Only what is there."""
        return State(
            fields={name: value for name, value in self.fields.items() if not is_empty(value)},
            bonds={
                relation: {key: facts for key, facts in held.items() if facts is not None}
                for relation, held in self.bonds.items()
            },
        )


def put(state: State, row: Ref, entry: Happened, direction: Direction) -> None:
    """The state after the entry, or before it."""
    new, old = entry.after or {}, entry.before or {}
    if direction == "backwards":
        new, old = old, new
    if entry.is_own(row):
        _put_fields(state, new, old)
        if row.type == "client":
            _put_audience(state, entry, new, old)
    elif entry.action in BONDS:
        _put_bond(state, row, entry, direction)


def begins(row: Ref, entry: Happened) -> bool:
    return entry.is_own(row) and entry.action in CREATED


def ends(row: Ref, entry: Happened) -> bool:
    return entry.is_own(row) and entry.action in DELETED


def is_empty(value: object) -> bool:
    """Nothing, an empty text and an empty list say the same of a field."""
    return value is None or value in ("", [], {})


def differ(one: object, other: object) -> bool:
    return one != other and not (is_empty(one) and is_empty(other))


def _put_fields(state: State, new: Facts, old: Facts) -> None:
    """Give the fields the values of one side; what only the other side has is not there."""
    for name in {**old, **new}:
        if name == PERMISSIONS:
            _put_permissions(state, new.get(name) or {}, old.get(name) or {})
        else:
            state.fields[name] = new.get(name)


def _put_permissions(state: State, new: Facts, old: Facts) -> None:
    """Null or a document is a permission under these conditions; `{"granted": …}` says it of a change."""
    held = state.bonds.setdefault(PERMISSIONS, {})
    for key in {**old, **new}:
        said = new.get(key, {"granted": False})
        if isinstance(said, Mapping) and "granted" in said:
            is_granted, conditions = said["granted"], said.get("conditions")
        else:
            is_granted, conditions = True, said
        held[key] = {LABEL: key, "conditions": conditions} if is_granted else None


def _put_audience(state: State, entry: Happened, new: Facts, old: Facts) -> None:
    """Lists of names, as bonds to the rows that have them: those stay the same under another name."""
    for relation, kind in AUDIENCE.items():
        state.fields.pop(relation, None)
        ids = {ref.label: str(ref.id) for ref in entry.touched if ref.type == kind}
        came, went = (set(side.get(relation) or ()) for side in (new, old))
        held = state.bonds.setdefault(relation, {})
        for name in came ^ went:
            held[ids.get(name, name)] = {LABEL: name, "expires_at": None} if name in came else None


def _put_bond(state: State, row: Ref, entry: Happened, direction: Direction) -> None:
    bond, effect = BONDS[entry.action]
    is_left = bond.left == row.type
    kind = bond.right if is_left else bond.left
    other = next((ref for ref in entry.touched if ref.type == kind), None)
    if other is None or not entry.is_about(row):
        return
    facts = entry.after if direction == "forwards" else entry.before
    is_there = effect != ("taken" if direction == "forwards" else "given")
    held = {LABEL: other.label, "expires_at": (facts or {}).get("expires_at")} if is_there else None
    state.bonds.setdefault(bond.of_left if is_left else bond.of_right, {})[str(other.id)] = held
