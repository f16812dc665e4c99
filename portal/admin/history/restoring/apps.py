"""Bringing back what the settings of an app were, and who might use it. Secrets are in no entry."""

from typing import Final

from sqlalchemy.orm import Session

from portal.access.repository import Groups, Roles
from portal.admin.history.restoring.plan import Case, Plan, checked, id_of, start
from portal.clients.schemas import ClientAccess, EditClient
from portal.clients.usecases import disable_client, edit_client, enable_client, set_client_access

_SETTINGS: Final = (
    "client_name", "redirect_uris", "post_logout_redirect_uris", "access_claims", "token_endpoint_auth_method",
    "id_token_signed_response_alg", "require_pkce", "require_consent", "client_uri", "logo_uri", "policy_uri",
    "tos_uri",
)  # fmt: skip


def plan_client(session: Session, case: Case) -> Plan:
    """Its settings, who may use it, and whether it may ask at all."""
    plan, client_pk = start(case), case.ref.id
    if case.present is None:
        plan.obstacle = (
            "The app is gone with its client ID and its secrets, which can't be made again. Register it anew; its "
            "history says what its settings were."
        )
        return plan
    if case.differs(*_SETTINGS, "scope"):
        plan.take_fields(case, *_SETTINGS, "scope")
        wish = _settings(case)
        plan.steps.append(lambda uow, _: edit_client(uow, client_pk, wish))
    if case.differs("everyone_may_use") or _moved(case):
        plan.take_fields(case, "everyone_may_use")
        access = _access(session, case, plan)
        plan.steps.append(lambda uow, _: set_client_access(uow, client_pk, access))
    if case.differs("is_active"):
        plan.take_fields(case, "is_active")
        switch = enable_client if case.then.fields.get("is_active") else disable_client
        plan.steps.append(lambda uow, _: switch(uow, client_pk))
    plan.keep("Client ID and secrets stay as they are: no entry holds a secret.")
    return plan


def _settings(case: Case) -> EditClient:
    fields = case.then.fields
    values = {name: fields.get(name) for name in _SETTINGS}
    if case.is_state.fields.get("token_endpoint_auth_method") == "none":
        del values["token_endpoint_auth_method"]
    return checked(EditClient, **values, scopes=str(fields.get("scope") or "").split())


def _moved(case: Case) -> bool:
    return any(
        case.running_then(name).keys() != case.running_now(name).keys() for name in ("roles", "groups")
    )


def _access(session: Session, case: Case, plan: Plan) -> ClientAccess:
    """The roles and groups of then, as far as they are still there."""
    chosen = {}
    for relation, exists in (("roles", Roles(session).get), ("groups", Groups(session).get)):
        held = {}
        for key, facts in case.running_then(relation).items():
            row_id = id_of(key)
            if row_id is not None and exists(row_id) is not None:
                held[key] = dict(facts)
            else:
                plan.keep(f"“{facts.get('label') or key}” is gone, so it opens nothing any more.")
        plan.goal.bonds[relation] = {**held}
        chosen[relation] = list(held)
    everyone = bool(case.then.fields.get("everyone_may_use"))
    return checked(
        ClientAccess,
        audience="everyone" if everyone else "roles",
        role_ids=[] if everyone else chosen["roles"],
        group_ids=[] if everyone else chosen["groups"],
    )
