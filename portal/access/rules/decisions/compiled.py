"""What is known of one person's permissions, put together once: every way to a role, everything that roles permit.

Nothing in it is decided yet. Ends of ways are looked at when it is used, so a grant ends on time without any job, and
conditions are held against the request.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from portal.access.rules.conditions import Context, Facts, Json, Value, holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which the person holds a role: given to them, or by a group."""

    role_id: str
    role: str
    group_id: str | None = None
    group: str | None = None
    ends_at: datetime | None = None
    """The earliest end on the way."""

    def runs(self, at: datetime) -> bool:
        return self.ends_at is None or at < self.ends_at


class Grant(NamedTuple):
    """One thing that a role permits."""

    role_id: str
    resource: str
    action: str
    conditions: Mapping[str, Json] | None = None

    def covers(self, action: str) -> bool:
        """`admin` on a resource implies every other action on it; nothing else implies anything."""
        return self.action in {action, "admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A group that the person is in."""

    group: str
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """Everything that decides what one person may do, but for who they are and what they ask."""

    ways: tuple[Way, ...] = ()
    permitted: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    """For each resource, the grants on it as they lie in the cache: role, action, conditions. A request asks for a few
    of perhaps a thousand, so they become objects only then.
    """
    memberships: tuple[Membership, ...] = ()
    resources: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What conditions may compare of the resources that have some: type and metadata, by name."""

    @classmethod
    def of(
        cls,
        *,
        ways: Iterable[Way] = (),
        grants: Iterable[Grant] = (),
        memberships: Iterable[Membership] = (),
        resources: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> "Compiled":
        permitted: dict[str, list[list[Any]]] = {}
        for grant in grants:
            row = [grant.role_id, grant.action, grant.conditions]
            permitted.setdefault(grant.resource, []).append(row)
        return cls(
            ways=tuple(ways),
            permitted=permitted,
            memberships=tuple(memberships),
            resources=resources or {},
        )

    def ways_to(self, role_id: str) -> list[Way]:
        return self._ways_of.get(role_id, [])

    @cached_property
    def _ways_of(self) -> dict[str, list[Way]]:
        found: dict[str, list[Way]] = {}
        for way in self.ways:
            found.setdefault(way.role_id, []).append(way)
        return found

    def candidates(self, action: str, resource: str) -> Iterator[Grant]:
        """What could permit it, whoever holds the role now."""
        grants = (
            Grant(role_id, resource, says, conditions) for role_id, says, conditions in self._on(resource)
        )
        return (grant for grant in grants if grant.covers(action))

    def actions_on(self, resource: str) -> set[str]:
        """What any role of theirs says of the resource, whether or not it holds now."""
        return {says for _, says, _ in self._on(resource)}

    def _on(self, resource: str) -> Sequence[Sequence[Any]]:
        return self.permitted.get(resource, ())

    def facts(self, subject: Mapping[str, Value], resource: str, context: Context) -> Facts:
        """What conditions are held against: roles and groups are those of that moment."""
        at = context.now
        roles = sorted({way.role for way in self.ways if way.runs(at)})
        groups = sorted({one.group for one in self.memberships if one.ends_at is None or at < one.ends_at})
        return Facts(
            subject={**subject, "roles": list[Json](roles), "groups": list[Json](groups)},
            resource={**self.resources.get(resource, {}), "name": resource},
            context=context,
        )

    def permits(self, subject: Mapping[str, Value], action: str, resource: str, context: Context) -> bool:
        """The answer alone, as quickly as it can be had. `decide` gives the same with its reasons."""
        facts = None
        for grant in self.candidates(action, resource):
            if not any(way.runs(context.now) for way in self.ways_to(grant.role_id)):
                continue
            if grant.conditions is None:
                return True
            facts = facts or self.facts(subject, resource, context)
            if holds(grant.conditions, facts):
                return True
        return False

    def to_json(self) -> dict[str, Any]:
        """For a cache; lists instead of objects, because it is read at every request."""
        return {
            "ways": [
                [way.role_id, way.role, way.group_id, way.group, _text(way.ends_at)] for way in self.ways
            ],
            "permitted": dict(self.permitted),
            "memberships": [[one.group, _text(one.ends_at)] for one in self.memberships],
            "resources": dict(self.resources),
        }

    @classmethod
    def from_json(cls, kept: Any) -> "Compiled":  # noqa: ANN401 - whatever lies in the cache
        """What `to_json` made.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        return cls(
            ways=tuple(
                Way(role_id=role_id, role=role, group_id=group_id, group=group, ends_at=_moment(ends_at))
                for role_id, role, group_id, group, ends_at in kept["ways"]
            ),
            permitted=_rows(kept["permitted"]),
            memberships=tuple(
                Membership(group=group, ends_at=_moment(ends_at)) for group, ends_at in kept["memberships"]
            ),
            resources=_mapping(kept["resources"]),
        )


def _mapping(kept: object) -> dict[str, Any]:
    if not isinstance(kept, dict):
        raise TypeError("not an object")
    return kept


def _rows(kept: object) -> dict[str, Any]:
    """Rows stay as they are, but each has to be one."""
    permitted = _mapping(kept)
    if any(len(row) != 3 for rows in permitted.values() for row in rows):
        raise ValueError("not a grant")
    return permitted


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
