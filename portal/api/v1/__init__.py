"""The rooms of the REST API, version 1. A change that breaks a caller is a version 2 beside it."""

from typing import Final

from portal.api.operations import Operation, Room
from portal.api.v1.access_requests import access_requests
from portal.api.v1.assignments import assignments
from portal.api.v1.audit_exports import audit
from portal.api.v1.auth import auth
from portal.api.v1.clients import clients
from portal.api.v1.decisions import decisions
from portal.api.v1.groups import groups
from portal.api.v1.jobs import jobs
from portal.api.v1.keys import keys
from portal.api.v1.me import me
from portal.api.v1.resources import resources
from portal.api.v1.reviews import reviews
from portal.api.v1.roles import roles
from portal.api.v1.sessions import sessions
from portal.api.v1.tokens import tokens
from portal.api.v1.users import users

ROOMS: Final[tuple[Room, ...]] = (
    auth,
    me,
    users,
    groups,
    roles,
    resources,
    assignments,
    access_requests,
    reviews,
    decisions,
    jobs,
    sessions,
    tokens,
    clients,
    keys,
    audit,
)
OPERATIONS: Final[tuple[Operation, ...]] = tuple(operation for room in ROOMS for operation in room)
