"""Pages for operators: dashboard, users, apps, audit log, mail outbox. Each asks for a permission."""

from portal.admin.audit import audit
from portal.admin.clients import clients
from portal.admin.dashboard import dashboard
from portal.admin.history import history
from portal.admin.outbox import outbox
from portal.admin.users import users

BLUEPRINTS = (dashboard, users, clients, audit, history, outbox)
