"""Pages for operators: dashboard, users, apps, audit log, mail outbox. Each asks for a permission."""

from portal.admin.assignments import assignments
from portal.admin.audit import audit
from portal.admin.bulk import bulk
from portal.admin.clients import clients
from portal.admin.dashboard import dashboard
from portal.admin.explain import explain
from portal.admin.groups import groups
from portal.admin.history import history
from portal.admin.keys import keys
from portal.admin.outbox import outbox
from portal.admin.requests import requests
from portal.admin.resources import resources
from portal.admin.reviews import reviews
from portal.admin.roles import roles
from portal.admin.sessions import sessions
from portal.admin.tokens import tokens
from portal.admin.users import users
from portal.admin.work import work

BLUEPRINTS = (
    dashboard, users, bulk, sessions, assignments, groups, roles, resources, clients, requests,
    reviews, explain, tokens, keys, audit, history, outbox, work,
)  # fmt: skip
