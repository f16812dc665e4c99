"""How each operation is called with something real behind it, so that only who calls decides on the answer.

A new operation whose path has new parts, or which takes a body, gets a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from portal.access.models import AccessReviewItem
from portal.access.rules.requests import Wanted
from portal.access.schemas import CreateRole
from portal.access.schemas.bulk import EnableMany, Selection
from portal.access.schemas.requests import AskForAccess
from portal.access.schemas.reviews import StartReview
from portal.access.usecases.bulk import start_bulk
from portal.access.usecases.requests import request_access
from portal.access.usecases.reviews import start_review
from portal.access.usecases.roles import create_role
from portal.accounts.repository import Users
from portal.api.operations import Operation
from portal.audit.models import AuditLog
from portal.clients.models import ClientSecret
from portal.grants.models import Grant, SigningKey
from portal.grants.schemas import MakePersonalToken
from portal.grants.usecases.personal_tokens import make_personal_token
from portal.infra.actor import SYSTEM, Actor
from portal.sessions.models import Session
from tests.support.granted import grant_everything
from tests.support.inhabited import Inhabited
from tests.support.long_work import written_export

Ids = Mapping[str, str]
Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What an operation is sent."""

    body: Callable[[Ids], Body] | None = None
    is_own: bool = False
    """Whether it changes what is the caller's own, whoever calls; there is nobody to be kept out."""


def furnish(world: Inhabited) -> Ids:
    """Everything that paths name, of a person who has one of each: ids by the names of the parts."""
    rosa = world.person
    granted = grant_everything(world.portal, rosa.id)
    with world.portal.unit_of_work(SYSTEM) as uow:
        wanted = create_role(uow, CreateRole(name="on call", is_requestable=True)).id
    with world.portal.unit_of_work(Actor(kind="user", id=rosa.id, label=rosa.username)) as uow:
        request_id = request_access(uow, AskForAccess(thing=Wanted("role", wanted), reason="On call")).id
    with world.portal.unit_of_work(SYSTEM) as uow:
        looking = StartReview(
            thing=Wanted("role", granted.role_id),
            reviewer=world.administrator.username,
            due_at=date(2031, 12, 24),
        )
        review_id = start_review(uow, looking).id
        job_id = start_bulk(uow, EnableMany(people=Selection(user_ids=(rosa.id,)))).id
        person = Users(uow.session).get(rosa.id)
        assert person is not None
        wish = MakePersonalToken(name="report", scopes=["account:read"], days=30)
        token_id = make_personal_token(uow, person, wish).token.id
    with world.portal.reading() as session:

        def first(query: Any) -> UUID:  # noqa: ANN401 - a select of one id
            found = session.scalars(query.limit(1)).one()
            assert isinstance(found, UUID)
            return found

        found = {
            "user_id": rosa.id,
            "group_id": granted.group_id,
            "role_id": granted.role_id,
            "resource_id": granted.resource_id,
            "request_id": request_id,
            "wanted_id": wanted,
            "client_pk": world.client_pk,
            "secret_id": first(select(ClientSecret.id).where(ClientSecret.client_pk == world.client_pk)),
            "session_id": first(select(Session.id).where(Session.user_id == rosa.id)),
            "grant_id": first(select(Grant.id).where(Grant.user_id == rosa.id)),
            "key_id": first(select(SigningKey.id).where(SigningKey.state == "active")),
            "entry_id": first(select(AuditLog.id)),
            "job_id": job_id,
            "export_id": written_export(world),
            "review_id": review_id,
            "item_id": first(select(AccessReviewItem.id).where(AccessReviewItem.review_id == review_id)),
            "token_id": token_id,
        }
    return {"action": "read", **{name: str(row_id) for name, row_id in found.items()}}


def _like(**members: object) -> Sample:
    return Sample(body=lambda _: members)


REASON: Final = _like(reason="Because")
TERM: Final = _like(expires_at="2031-12-24", reason="Because")

SAMPLES: Final[Mapping[str, Sample]] = {
    "register_user": _like(username="nelly", email="nelly@example.org", password="three herons"),
    "login": _like(username="rosa", password="three herons"),
    "edit_me": Sample(body=lambda _: {"nickname": "Nell"}, is_own=True),
    "create_user": _like(email="new@example.org", name="New Here"),
    "edit_user": _like(nickname="Ro"),
    "disable_account": REASON,
    "mail_recovery": REASON,
    "create_group": _like(name="Readers"),
    "edit_group": _like(description="Who writes"),
    "set_group_administrator": REASON,
    "add_group_member": _like(who="rosa"),
    "set_group_member": TERM,
    "give_role_to_group": TERM,
    "create_role": _like(name="clerk"),
    "edit_role": _like(description="Who edits"),
    "set_role_permissions": Sample(
        body=lambda ids: {"permissions": [{"resource_id": ids["resource_id"], "action": "read"}]}
    ),
    "allow_role_permission": _like(conditions=None),
    "create_resource": _like(name="handbook", type="service"),
    "edit_resource": _like(description="What everybody knows"),
    "assign_role": TERM,
    "set_attributes": _like(attributes={"region": "north"}),
    "approve_access_request": _like(until="2031-12-24"),
    "refuse_access_request": _like(note="Ask your lead"),
    "ask_for_access": Sample(
        body=lambda ids: {"thing": f"role:{ids['wanted_id']}", "reason": "On call"}, is_own=True
    ),
    "start_access_review": Sample(
        body=lambda ids: {"thing": f"group:{ids['group_id']}", "due_at": "2031-12-24"}
    ),
    "judge_reviewed_people": Sample(body=lambda ids: {"items": [ids["item_id"]], "verdict": "end"}),
    "explain_decision": _like(who="rosa", verb="read", resource="user"),
    "create_client": _like(client_name="Ledger", kind="spa", audience="everyone"),
    "patch_client": _like(client_name="Kestrel"),
    "put_client_access": _like(audience="everyone"),
    "patch_client_protocol": _like(require_pkce=True),
    "create_client_secret": _like(overlap_seconds=60),
    "start_audit_export": _like(format="csv"),
    "create_job": Sample(body=lambda ids: {"kind": "end_sessions", "people": {"user_ids": [ids["user_id"]]}}),
    "rotate_keys": _like(algorithm="ES256"),
    "revoke_key": REASON,
    "import_key": _like(key="-----BEGIN PRIVATE KEY-----", state="next"),
}


def lacking(operation: Operation, ids: Ids) -> str | None:
    """What is missing for it to be tried."""
    unknown = [name for name in parts_of(operation) if name not in ids]
    if unknown:
        return f"no id for {unknown[0]}"
    if operation.body is not None and operation.name not in SAMPLES:
        return "no body"
    return None


def parts_of(operation: Operation) -> list[str]:
    """The names of the parts of its path."""
    return [part.strip("<>").rpartition(":")[2] for part in operation.path.split("/") if part.startswith("<")]


def path_of(operation: Operation, ids: Ids) -> str:
    """Its path, with real ids."""
    names = iter(parts_of(operation))
    return "/".join(ids[next(names)] if one.startswith("<") else one for one in operation.path.split("/"))


def body_of(operation: Operation, ids: Ids) -> dict[str, Any] | None:
    """Something that it takes."""
    sample = SAMPLES.get(operation.name)
    return dict(sample.body(ids)) if sample and sample.body and operation.body is not None else None


def is_own(operation: Operation) -> bool:
    """Whether it changes what is the caller's own."""
    return operation.name in SAMPLES and SAMPLES[operation.name].is_own
