"""Every page of the portal and the states that change its look: who sees it, where, after which steps, under which
heading. A name is the page's endpoint and, after a colon, its state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portal.api.v1 import OPERATIONS
from tests.journeys import lookbacks, pages
from tests.journeys.access_sights import ACCESS
from tests.journeys.account_sights import ACCOUNT, opened_details, opened_menu
from tests.journeys.app_sights import APPS
from tests.journeys.bulk_sights import BULK
from tests.journeys.conftest import new_address
from tests.journeys.explain_sights import EXPLANATIONS
from tests.journeys.key_sights import KEYS
from tests.journeys.protocol_sights import PROTOCOL
from tests.journeys.request_sights import REQUESTS
from tests.journeys.sights import Sight, Where
from tests.journeys.sights import pressed as _pressed
from tests.journeys.token_sights import TOKENS
from tests.journeys.work_sights import WORK

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def _identified(page: Page, scene: Scene) -> None:
    pages.fill(page, Email_or_username=scene.devon.email)
    pages.press(page, "Continue")


def _wrong_password(page: Page, scene: Scene) -> None:
    _identified(page, scene)
    pages.give_password(page, "not the password")


def _signed_up(page: Page, scene: Scene) -> None:
    page.goto(f"{scene.live.url}/login")
    pages.sign_up(page, "Aiko Tanaka", new_address("Aiko"))


def _wrong_code(page: Page, scene: Scene) -> None:
    _signed_up(page, scene)
    pages.fill(page, Code="000000")
    pages.press(page, "Finish")


def _at_link(page: Page, scene: Scene) -> None:
    email = new_address("Aiko")
    pages.sign_up(page, "Aiko Tanaka", email)
    page.goto(pages.mailed_link(scene.live.post, email))


def _at_link_elsewhere(page: Page, scene: Scene) -> None:
    email = new_address("Aiko")
    pages.sign_up(page, "Aiko Tanaka", email)
    page.context.clear_cookies()
    page.goto(pages.mailed_link(scene.live.post, email))


def _of_kestrel(page_name: str = "") -> Where:
    return lambda scene: f"/admin/apps/{scene.kestrel.id}{page_name}"


def _checked_file(page: Page, _scene: Scene) -> None:
    lines = "email,name\naiko@meridian.example,Aiko Tanaka\nnobody,Nobody\n"
    page.get_by_label("Or paste it here").fill(lines)
    pages.press(page, "Check the file")


def _disconnecting(page: Page, _scene: Scene) -> None:
    pages.follow(page, "Disconnect Kestrel CI")
    pages.press(page, "Disconnect app")


INVENTORY: Final[dict[str, Sight]] = {
    # coming in
    "setup.form: over": Sight("nobody", "This portal is set up", "/setup/nothing"),
    "login.identifier": Sight("nobody", "Sign in", "/login"),
    "login.identifier: empty": Sight("nobody", "Sign in", "/login", _pressed("Continue")),
    "login.identifier: to an app": Sight("nobody", "Sign in", lambda scene: scene.request(scene.kestrel)),
    "login.password": Sight("nobody", "Enter your password", "/login", _identified),
    "login.password: wrong": Sight("nobody", "Enter your password", "/login", _wrong_password),
    "signup.form": Sight("nobody", "Create your account", "/signup"),
    "signup.form: empty": Sight("nobody", "Create your account", "/signup", _pressed("Create account")),
    "signup.check_inbox": Sight("nobody", "Check your inbox", "/login", _signed_up),
    "signup.check_inbox: wrong": Sight("nobody", "Check your inbox", "/login", _wrong_code),
    "verify.link": Sight("nobody", "Verify your email", "/login", _at_link),
    "verify.link: elsewhere": Sight("nobody", "Enter your password", "/login", _at_link_elsewhere),
    "verify.link: gone": Sight("nobody", "This no longer works", "/verify/nothing"),
    "recover.ask": Sight("nobody", "Set a new password", "/recover"),
    "recover.sent": Sight("nobody", "Check your inbox", "/recover/sent"),
    "recover.reset": Sight(
        "nobody", "Choose a new password", lambda scene: scene.mailed_recovery(scene.devon)
    ),
    "recover.reset: gone": Sight("nobody", "This link no longer works", "/recover/nothing"),
    "logout.confirm": Sight("maya", "Sign out?", "/logout"),
    # between an app and the portal
    "oauth_pages.authorize: wrong": Sight(
        "nobody", "return address isn't registered", lambda scene: scene.request(scene.kestrel, redirect_uri="https://evil.example/")
    ),
    "oauth_pages.resume: consent": Sight(
        "devon", "Kestrel CI wants access", lambda scene: scene.request(scene.kestrel), opened_details
    ),
    "oauth_pages.resume: account": Sight(
        "maya", "Choose an account", lambda scene: scene.request(scene.kestrel, prompt="select_account")
    ),
    "oauth_pages.resume: closed": Sight(
        "maya", "You can't use Ledger yet", lambda scene: scene.request(scene.ledger)
    ),
    "oauth_pages.resume: over": Sight("maya", "", "/oauth2/authorize/resume?flow=nothing"),
    "oauth_pages.logout": Sight("maya", "Sign out of Portal?", "/oauth2/logout"),
    "oauth_pages.signed_out": Sight("nobody", "You are signed out", "/oauth2/signed-out"),
    **PROTOCOL,
    # when nothing else can answer
    "static: 500": Sight("nobody", "Something went wrong on our side", "/static/500.html"),
    **ACCOUNT,
    **TOKENS,
    # the console
    "admin_dashboard.index": Sight("ada", "Dashboard", "/admin"),
    "admin_dashboard.index: refused": Sight("maya", "", "/admin"),
    "admin_sessions.listing": Sight("ada", "Sessions", "/admin/sessions"),
    "admin_sessions.listing: none": Sight("ada", "Sessions", "/admin/sessions?ip=192.0.2.99"),
    **BULK,
    "admin_users.disconnect_app": Sight(
        "ada", "Disconnect Kestrel CI", lambda scene: f"/admin/users/{scene.maya.id}", _disconnecting
    ),
    "admin_users.export": Sight("ada", "Export users", "/admin/users/export?state=active&q=maya"),
    "admin_users.imports": Sight("ada", "Import users", "/admin/users/import"),
    "admin_users.imports: empty": Sight("ada", "Import users", "/admin/users/import", _pressed("Check the file")),
    "admin_users.import_report": Sight("ada", "What would happen", "/admin/users/import", _checked_file),
    "admin_users.new": Sight("ada", "Add user", "/admin/users/new"),
    "admin_users.new: empty": Sight("ada", "Add user", "/admin/users/new", _pressed("Add user")),
    "admin_users.listing: selected": Sight("ada", "Users", "/admin/users?chosen=all&seen_since=2020-01-01"),
    "admin_users.listing": Sight("ada", "Users", "/admin/users"),
    "admin_users.listing: everybody": Sight("ada", "Users", "/admin/users?chosen=everybody"),
    "admin_users.listing: none": Sight("ada", "Users", "/admin/users?q=nobody-like-that"),
    "admin_users.detail": Sight(
        "ada", "Maya Okafor", lambda scene: f"/admin/users/{scene.maya.id}", opened_details
    ),
    "admin_users.detail: disabled": Sight(
        "ada", "Noor Haddad", lambda scene: f"/admin/users/{scene.noor.id}", opened_menu
    ),
    "admin_users.disable": Sight(
        "ada",
        "Disable Devon Reyes?",
        lambda scene: f"/admin/users/{scene.devon.id}/disable",
        _pressed("Disable account"),
    ),
    "admin_clients.listing": Sight("ada", "Apps", "/admin/apps"),
    "admin_clients.listing: none": Sight("ada", "Apps", "/admin/apps?q=nothing-like-that"),
    **APPS,
    **KEYS,
    "admin_clients.new": Sight("ada", "Register an app", "/admin/apps/new"),
    "admin_clients.new: empty": Sight("ada", "Register an app", "/admin/apps/new", _pressed("Register app")),
    "admin_clients.detail": Sight("ada", "Kestrel CI", _of_kestrel(), opened_details),
    "admin_clients.detail: service": Sight(
        "ada", "Nightly export", lambda scene: f"/admin/apps/{scene.export.id}"
    ),
    "admin_clients.connect": Sight("ada", "Kestrel CI", _of_kestrel("/connect")),
    "admin_clients.connect: waiting": Sight(
        "ada", "Ledger", lambda scene: f"/admin/apps/{scene.ledger.id}/connect"
    ),
    "admin_clients.rotate": Sight("ada", "Kestrel CI", _of_kestrel("/secret")),
    "admin_clients.connect: new secret": Sight(
        "ada", "Kestrel CI", _of_kestrel("/secret"), _pressed("Create new secret")
    ),
    "admin_clients.revoke": Sight(
        "ada", "Kestrel CI", lambda scene: f"/admin/apps/{scene.kestrel.id}/secrets/{scene.secret_id}/revoke"
    ),
    "admin_clients.settings": Sight("ada", "Kestrel CI", _of_kestrel("/settings")),
    "admin_clients.access": Sight("ada", "Kestrel CI", _of_kestrel("/access")),
    "admin_clients.delete": Sight("ada", "Kestrel CI", _of_kestrel("/delete")),
    **ACCESS,
    **REQUESTS,
    **EXPLANATIONS,
    "admin_audit.listing": Sight("ada", "Audit log", "/admin/audit", opened_details),
    "admin_audit.listing: none": Sight("ada", "Audit log", "/admin/audit?q=nothing-like-that"),
    "admin_audit.detail": Sight(
        "ada", "disabled noor", lambda scene: f"/admin/audit/{scene.entry_id}", opened_details
    ),
    "admin_audit.listing: filtered": Sight(
        "ada", "Audit log", "/admin/audit?by=user&kind=people&since=yesterday", opened_details
    ),
    "admin_audit.views": Sight("ada", "Saved views", "/admin/audit/views", lookbacks.saved_view),
    "admin_audit.save": Sight(
        "ada", "Save view", "/admin/audit/views/new?kind=apps&period=7", _pressed("Save view")
    ),
    "admin_audit.edit": Sight("ada", "Edit view", "/admin/audit/views", lookbacks.edited_view),
    "admin_audit.export": Sight("ada", "Export events", "/admin/audit/export?kind=apps"),
    "admin_history.timeline": Sight(
        "ada", "History of", lambda scene: f"/admin/history/user/{scene.noor.id}", opened_details
    ),
    "admin_history.timeline: compared": Sight("ada", "History of", lookbacks.noor_then("&compare=2026-01-01")),
    "admin_history.timeline: app": Sight(
        "ada", "History of Kestrel CI", lambda scene: f"/admin/history/client/{scene.kestrel.id}"
    ),
    "admin_history.restore": Sight(
        "ada", "Restore", lookbacks.noor_then("", "/restore"), _pressed("Restore this state")
    ),
    **WORK,
    "admin_outbox.listing": Sight("ada", "Mail outbox", "/admin/outbox"),
    "admin_outbox.detail": Sight(
        "ada", "Link for a new password", lambda scene: f"/admin/outbox/{scene.mail_id}", opened_details
    ),
}  # fmt: skip

NO_PAGES: Final = frozenset({
    *(f"api.{operation.name}" for operation in OPERATIONS), "api.description", "graphql.endpoint",
    "home.index", "admin_audit.open_view", "admin_explain.find_refusal",  # lead on
    "access.schema",
    "admin_users.import_report_file", "admin_users.import_template", "admin_bulk.results",  # files
    "admin_audit.export_file",
    "admin_clients.first_sign_in",  # a part of admin_clients.connect
    "oauth_pages.device_qr", "oauth_pages.logo",  # pictures
    "oauth.own_registration",
    "oauth.discovery", "oauth.discovery_of_rfc_8414", "oauth.jwks", "oauth.userinfo",
    "probes.health", "probes.metrics", "probes.ready",
})  # fmt: skip
"""What answers to GET and is not looked at by anybody."""
