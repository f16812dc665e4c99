"""What happened: the audit log, read."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Listing, ListQuery, OneQuery, View, Wish
from portal.api.v1.parts import places
from portal.audit.repository import AuditEntries, AuditFilter, Entry, EntryToken
from portal.infra.actor import ActorKind

audit: Final = Room(
    "Audit log", "Everything that happened, with before and after. Nothing here can be changed."
)


ABOUT: Final = (
    "Any row that the entry touched; or a token, for what was done with it and to it: the `id` of a personal access "
    "token, or of the family of an access token."
)


class Touched(View):
    """A row that the entry is about, under the name it had then."""

    type: str
    id: UUID
    label: str


class TokenUsedView(View):
    """The token by which somebody acted. Of somebody who has been erased only the id is known."""

    id: UUID = Field(
        description="Of a personal access token; or of the family that an access token descends from."
    )
    kind: str | None = Field(description="`personal_token` or `access_token`.", examples=["personal_token"])
    name: str | None = Field(description="What its person calls it, or the app that it was issued to.")
    jti: str | None = Field(description="Of an access token.")


class EntryView(View):
    """One thing that happened. Of somebody who has been erased it knows the id, and no more."""

    id: UUID
    created_at: datetime
    action: str = Field(examples=["user.disabled"])
    outcome: str
    actor_kind: str
    actor_id: UUID | None
    actor: str
    touched: list[Touched]
    before_state: dict[str, Any] | None
    after_state: dict[str, Any] | None
    details: dict[str, Any]
    reason: str | None
    ip: str | None
    user_agent: str | None
    session_id: UUID | None
    client_id: UUID | None
    request_id: str | None
    token: TokenUsedView | None
    is_erased: bool

    @classmethod
    def of(cls, entry: Entry) -> "EntryView":
        own = set(cls.model_fields) - {"actor", "touched", "token"}
        return cls(
            **{name: getattr(entry, name) for name in own},
            actor=entry.actor_label,
            token=_token(entry.token),
            touched=[
                Touched(type=one.resource_type, id=one.resource_id, label=one.resource_label)
                for one in entry.subjects
            ],
        )


def _token(token: EntryToken | None) -> TokenUsedView | None:
    if token is None:
        return None
    return TokenUsedView(id=token.id, kind=token.kind or None, name=token.name or None, jti=token.jti)


class AuditWish(Wish):
    """Which entries."""

    action: Annotated[str, Field(max_length=300, description="Names of actions, separated by commas.")] = ""
    actor_id: UUID | None = None
    actor_kind: ActorKind | None = None
    subject_id: Annotated[UUID | None, Field(description=ABOUT)] = None
    outcome: Literal["success", "failure"] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    session_id: UUID | None = None
    client_id: UUID | None = None
    request_id: Annotated[str, Field(max_length=64)] = ""
    ip: Annotated[str, Field(max_length=45)] = ""


class AuditQuery(AuditWish, ListQuery):
    """Which entries, page by page."""


def filter_of(asked: AuditWish) -> AuditFilter:
    """As the repository understands it."""
    return AuditFilter(
        actions=tuple(name for name in asked.action.split(",") if name),
        actor_id=asked.actor_id,
        actor_kind=asked.actor_kind,
        subject_id=asked.subject_id,
        outcome=asked.outcome,
        since=asked.since,
        until=asked.until,
        session_id=asked.session_id,
        client_id=asked.client_id,
        request_id=asked.request_id,
        ip=asked.ip,
    )


@audit.get(
    "/audit",
    scope="audit:read",
    permission=("read", "audit"),
    query=AuditQuery,
    returns=EntryView,
    is_list=True,
)
def list_audit_entries(call: Call[AuditQuery, None]) -> Listing[EntryView]:
    """What happened, the newest first."""
    found = AuditEntries(call.session).page(filter_of(call.query), size=call.query.limit, **places(call.turn))
    return Listing(items=[EntryView.of(entry) for entry in found.items], older=found.older, newer=found.newer)


@audit.get("/audit/<uuid:entry_id>", scope="audit:read", permission=("read", "audit"), returns=EntryView)
def show_audit_entry(call: Call[OneQuery, None], entry_id: UUID) -> EntryView:
    """One entry."""
    return EntryView.of(AuditEntries(call.session).get(entry_id))
