"""Bringing back what a person's account was; passwords are in no entry, and an address has to be proved."""

from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from portal.access.schemas import SetUserAttributes
from portal.access.usecases.assignments import set_user_attributes
from portal.accounts.schemas import DisableUser, Profile
from portal.accounts.usecases.edit_profile import edit_profile
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.admin.history.restoring.plan import Case, Plan, checked, start
from portal.infra.unit_of_work import UnitOfWork

_PROFILE: Final = tuple(Profile.model_fields)


def plan_user(_session: Session, case: Case) -> Plan:
    """Profile, attributes, and whether they may sign in."""
    plan = start(case)
    if case.present is None:
        plan.obstacle = "The account is gone, and what opened it with it. The person can sign up anew."
        return plan
    if case.differs(*_PROFILE):
        plan.take_fields(case, *_PROFILE)
        wish = checked(Profile, **{name: case.then.fields.get(name) for name in _PROFILE})
        plan.steps.append(lambda uow, _: edit_profile(uow, case.ref.id, wish))
    if case.differs("attributes"):
        plan.take_fields(case, "attributes")
        attributes = checked(SetUserAttributes, attributes=case.then.fields.get("attributes") or {})
        plan.steps.append(lambda uow, _: set_user_attributes(uow, case.ref.id, attributes))
    if case.differs("is_active"):
        plan.take_fields(case, "is_active")
        was_active = bool(case.then.fields.get("is_active"))
        plan.goal.fields["disabled_reason"] = None if was_active else "The reason that you give below"
        plan.steps.append(partial(_enable if was_active else _disable, case))
    _say_what_stays(case, plan)
    return plan


def _enable(case: Case, uow: UnitOfWork, _: str) -> None:
    enable_user(uow, case.ref.id)


def _disable(case: Case, uow: UnitOfWork, reason: str) -> None:
    disable_user(uow, case.ref.id, DisableUser(reason=reason))


def _say_what_stays(case: Case, plan: Plan) -> None:
    if case.differs("email", "email_verified"):
        plan.keep("The email address stays: only its owner can prove another one.")
    if any(
        case.running_then(name).keys() != case.running_now(name).keys()
        for name in ("roles", "groups", "administers")
    ):
        plan.keep("Roles and groups stay: give and take them on the pages of the person, role or group.")
    plan.keep("Passwords, sessions and what apps were allowed are in no entry, so they stay.")
