"""Who may use which route: every endpoint of the application, with what it asks of a visitor.

A new route gets a row here first. `resource:action` is a permission, as `@requires` names it; the other words are
below.
"""

from typing import Final

from portal.api.v1 import OPERATIONS

ANYBODY: Final = "anybody"
"""Signed in or not; what a link or a flow allows is the page's own affair."""
SIGNED_IN: Final = "signed in"
"""Whoever is signed in, over what is theirs."""
PROGRAM: Final = "program"
"""Apps, which bring a client secret or a token and no cookie."""

API: Final = frozenset(f"api.{operation.name}" for operation in OPERATIONS)
"""Operations: the scope and the permission of each stand where it is declared (tests/api/v1/test_matrix.py)."""

ROUTES: Final[dict[str, str]] = {
    # machines
    "probes.health": ANYBODY,
    "probes.metrics": ANYBODY,
    "probes.ready": ANYBODY,
    "static": ANYBODY,
    # the first administrator
    "setup.form": ANYBODY,
    # people: coming in and going
    "home.index": ANYBODY,
    "login.identifier": ANYBODY,
    "login.password": ANYBODY,
    "logout.confirm": ANYBODY,
    "recover.ask": ANYBODY,
    "recover.reset": ANYBODY,
    "recover.sent": ANYBODY,
    "signup.again": ANYBODY,
    "signup.check_inbox": ANYBODY,
    "signup.form": ANYBODY,
    "verify.link": ANYBODY,
    # people: their own account
    "access_requests.mine": SIGNED_IN,
    "access_requests.new": SIGNED_IN,
    "access_requests.withdraw": SIGNED_IN,
    "account.apps": SIGNED_IN,
    "account.confirm_email": SIGNED_IN,
    "account.disconnect_app": SIGNED_IN,
    "account.email": SIGNED_IN,
    "account.end_every_session": SIGNED_IN,
    "account.end_one_session": SIGNED_IN,
    "account.end_other_browsers": SIGNED_IN,
    "account.new_token": SIGNED_IN,
    "account.overview": SIGNED_IN,
    "account.password": SIGNED_IN,
    "account.profile": SIGNED_IN,
    "account.revoke_token": SIGNED_IN,
    "account.security": SIGNED_IN,
    "account.sessions": SIGNED_IN,
    "account.theme": ANYBODY,
    "account.tokens": SIGNED_IN,
    "access.explain": SIGNED_IN,
    "access.overview": SIGNED_IN,
    "access.schema": ANYBODY,
    # operators
    "admin_audit.delete": "audit:read",  # one's own saved view
    "admin_audit.detail": "audit:read",
    "admin_audit.edit": "audit:read",
    "admin_audit.delete_export": "audit:read",  # one's own
    "admin_audit.export": "audit:read",
    "admin_audit.export_file": "audit:read",  # one's own
    "admin_audit.export_job": "audit:read",  # one's own
    "admin_audit.listing": "audit:read",
    "admin_audit.open_view": "audit:read",
    "admin_audit.save": "audit:read",
    "admin_audit.views": "audit:read",
    "admin_bulk.cancel": "user:update",
    "admin_bulk.detail": "user:read",
    "admin_bulk.listing": "user:read",
    "admin_bulk.results": "user:read",
    "admin_clients.access": "client:update",
    "admin_clients.admissions": "client:create",
    "admin_clients.connect": "client:read",
    "admin_clients.delete": "client:delete",
    "admin_clients.detail": "client:read",
    "admin_clients.disable": "client:update",
    "admin_clients.enable": "client:update",
    "admin_clients.first_sign_in": "client:read",
    "admin_clients.listing": "client:read",
    "admin_clients.logouts": "client:read",
    "admin_clients.repeat_logout": "client:update",
    "admin_clients.new": "client:create",
    "admin_clients.preset": "client:update",
    "admin_clients.protocol": "client:update",
    "admin_clients.redirects": "client:read",
    "admin_clients.register_redirect": "client:update",
    "admin_clients.remove": "client:delete",
    "admin_clients.revoke": "client:update",
    "admin_clients.revoke_admission": "client:create",
    "admin_clients.rotate": "client:update",
    "admin_clients.settings": "client:update",
    "admin_clients.simulation": "client:read",
    "admin_clients.statistics": "client:read",
    "admin_clients.vouch": "client:update",
    "admin_clients.withdraw": "client:update",
    "admin_dashboard.index": "settings:read",
    "admin_history.restore": "user:update",  # of a user; each type asks for its own, and for audit:read
    "admin_history.timeline": "user:read",
    "admin_explain.find_refusal": "audit:read",
    "admin_explain.question": "permission:read",
    "admin_explain.refused": "audit:read",
    "admin_keys.bring": "signing_key:create",
    "admin_keys.listing": "signing_key:read",
    "admin_keys.revoke": "signing_key:delete",
    "admin_keys.rotate": "signing_key:update",
    "admin_outbox.detail": "outbox:admin",  # a mail holds links that open accounts
    "admin_outbox.listing": "outbox:read",
    "admin_work.detail": "outbox:read",
    "admin_work.discard": "outbox:admin",
    "admin_work.listing": "outbox:read",
    "admin_work.retry": "outbox:admin",
    "admin_work.retry_all": "outbox:admin",
    # or whoever owns a role or administers a group, for what is their affair
    "admin_requests.approve": "access_request:update",
    "admin_requests.detail": "access_request:read",
    "admin_requests.listing": "access_request:read",
    "admin_requests.refuse": "access_request:update",
    # or whoever was asked to look, for their own reviews
    "admin_reviews.detail": "access_review:read",
    "admin_reviews.finish": "access_review:update",
    "admin_reviews.judge": "access_review:update",
    "admin_reviews.listing": "access_review:read",
    "admin_reviews.new": "access_review:create",
    "admin_assignments.attributes": "user:update",
    "admin_assignments.change": "role:update",
    "admin_assignments.give": "role:update",
    "admin_assignments.roles": "user:read",
    "admin_assignments.take": "role:update",
    "admin_groups.add_administrator": "group:update",
    "admin_groups.change_role": "group:update",
    "admin_groups.delete": "group:delete",
    "admin_groups.detail": "group:read",
    "admin_groups.edit": "group:update",
    "admin_groups.give_role": "group:update",
    "admin_groups.new": "group:create",
    "admin_groups.remove_administrator": "group:update",
    "admin_groups.take_role": "group:update",
    # or whoever looks after the group, and of the list only theirs
    "admin_groups.add": "group:update",
    "admin_groups.listing": "group:read",
    "admin_groups.member": "group:update",
    "admin_groups.members": "group:read",
    "admin_groups.remove_member_from": "group:update",
    "admin_resources.delete": "resource:delete",
    "admin_resources.detail": "resource:read",
    "admin_resources.edit": "resource:update",
    "admin_resources.listing": "resource:read",
    "admin_resources.new": "resource:create",
    "admin_roles.condition": "role:read",
    "admin_roles.delete": "role:delete",
    "admin_roles.detail": "role:read",
    "admin_roles.edit": "role:update",
    "admin_roles.give": "role:update",
    "admin_roles.listing": "role:read",
    "admin_roles.members": "role:read",
    "admin_roles.new": "role:create",
    "admin_roles.permissions": "role:read",
    "admin_roles.set_condition": "role:update",
    "admin_roles.set_matrix": "role:update",
    "admin_sessions.end_selected": "session:delete",
    "admin_sessions.listing": "session:read",
    "admin_tokens.end": "client:update",
    "admin_tokens.inspect": "client:read",
    "admin_users.bulk": "user:update",
    "admin_users.detail": "user:read",
    "admin_users.disable": "user:update",
    "admin_users.disconnect_app": "user:update",
    "admin_users.enable": "user:update",
    "admin_users.end_one_session": "session:delete",
    "admin_users.end_sessions": "session:delete",
    "admin_users.export": "user:read",
    "admin_users.import_report": "user:create",
    "admin_users.import_report_file": "user:create",
    "admin_users.import_run": "user:create",
    "admin_users.import_template": "user:create",
    "admin_users.imports": "user:create",
    "admin_users.invite": "user:update",
    "admin_users.listing": "user:read",
    "admin_users.new": "user:create",
    "admin_users.recovery": "user:update",
    "admin_users.revoke_token": "user:update",
    # the protocol
    "oauth.device_authorization": PROGRAM,
    "oauth.discovery": ANYBODY,
    "oauth.discovery_of_rfc_8414": ANYBODY,
    "oauth.introspect": PROGRAM,
    "oauth.jwks": ANYBODY,
    "oauth.own_registration": PROGRAM,
    "oauth.own_registration_preflight": PROGRAM,
    "oauth.par": PROGRAM,
    "oauth.par_preflight": PROGRAM,
    "oauth.register": PROGRAM,
    "oauth.register_preflight": PROGRAM,
    "oauth.revoke": PROGRAM,
    "oauth.revoke_preflight": PROGRAM,
    "oauth.token": PROGRAM,
    "oauth.token_preflight": PROGRAM,
    "oauth.userinfo": PROGRAM,
    "oauth.userinfo_preflight": PROGRAM,
    # people on their way between an app and the portal
    "oauth_pages.authorize": PROGRAM,  # the request is the app's own, in whoever's browser
    "oauth_pages.choose_account": ANYBODY,
    "oauth_pages.confirm_logout": ANYBODY,
    "oauth_pages.consent": ANYBODY,
    "oauth_pages.decide_device": SIGNED_IN,
    "oauth_pages.device": SIGNED_IN,
    "oauth_pages.device_done": ANYBODY,
    "oauth_pages.device_qr": ANYBODY,
    "oauth_pages.find_device": SIGNED_IN,
    "oauth_pages.logo": ANYBODY,
    "oauth_pages.logout": PROGRAM,
    "oauth_pages.resume": ANYBODY,
    "oauth_pages.review_device": SIGNED_IN,
    "oauth_pages.signed_out": ANYBODY,
    # what programs call with a token
    **dict.fromkeys(("api.description", "api.reference", "api.reference_of_room"), ANYBODY),
    "graphql.endpoint": PROGRAM,
    **dict.fromkeys(API, PROGRAM),
}

DISCOVERY: Final = frozenset({"oauth.discovery", "oauth.discovery_of_rfc_8414", "oauth.jwks"})
CACHED: Final = DISCOVERY | {"api.description", "static"}
"""The same for everybody, and kept by caches for a while; nothing else ever is."""

TOLD: Final = frozenset({"audit_logs", "audit_subjects"})
REFUSAL: Final = TOLD | {"audit_person_keys"}
"""Whoever is told no by a guard is told so under a reference that an operator can look up."""

CODE: Final = frozenset({"authorization_codes", "grants", "clients", "audit_logs", "audit_subjects", "flows"})
SIGN_OUT: Final = TOLD | {"sessions", "token_families"}

WRITTEN_BY_A_LOOK: Final[dict[str, frozenset[str]]] = {
    # whoever reads somebody's mail, or takes a file, is remembered
    **dict.fromkeys(("admin_outbox.detail", "admin_audit.export_file", "api.take_audit_export"), TOLD),
    # by their specifications these addresses are opened, not posted to
    "oauth_pages.authorize": CODE,
    "oauth_pages.logout": SIGN_OUT,
    "oauth_pages.resume": CODE,
}
"""The tables into which a GET may write. That a session was used is noted once a minute, and not counted here."""
