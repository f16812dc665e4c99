"""Restoring an earlier state: one plan for each type of row, made of the use cases that operators have anyway."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from portal.admin.history.restoring.apps import plan_client
from portal.admin.history.restoring.groups import plan_group
from portal.admin.history.restoring.people import plan_user
from portal.admin.history.restoring.plan import Case, Plan
from portal.admin.history.restoring.roles import plan_resource, plan_role

__all__ = ["Case", "Plan", "plan_for"]

_PLANNERS: Final[Mapping[str, Callable[[Session, Case], Plan]]] = {
    "user": plan_user,
    "group": plan_group,
    "role": plan_role,
    "resource": plan_resource,
    "client": plan_client,
}


def plan_for(session: Session, case: Case) -> Plan:
    """What it takes to bring the row back to how it was.

    Raises:
        Invalid: what it was breaks a rule of today.
    """
    return _PLANNERS[case.ref.type](session, case)
