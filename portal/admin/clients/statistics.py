"""How the app is used: sign-ins, people, tokens and failures of the last thirty days."""

from typing import Final
from uuid import UUID

from flask import Response, url_for

from portal.admin.audit import bars, ticks
from portal.admin.clients.blueprint import app_page, clients
from portal.admin.console import now
from portal.audit.repository.usage import Usage, usage_of
from portal.clients.repository import Clients
from portal.http.context import reading
from portal.http.guards import requires

FAILURES: Final = {
    "client.turned_away": "People who may not use it",
    "client.redirect_refused": "Addresses that are not registered",
    "consent.denied": "People who said no",
    "code.refused": "Codes that came with something wrong",
    "code.replayed": "Codes that came a second time",
    "refresh.reused": "Refresh tokens that came a second time",
    "client.refused": "Calls that could not prove to be the app",
}
REASONS: Final = {
    "client": "from another app",
    "code_verifier": "wrong PKCE verifier",
    "redirect_uri": "another redirect URI",
}


@clients.get("/admin/apps/<uuid:client_pk>/statistics")
@requires("read", "client")
@requires("read", "audit")
def statistics(client_pk: UUID) -> Response:
    """From the audit log, within a bound."""
    with reading() as session:
        client = Clients(session).get(client_pk)
        usage = usage_of(session, client_pk, at=now())
    return app_page(
        "statistics",
        client,
        tab="statistics",
        usage=usage,
        bars=bars(usage.days),
        ticks=ticks(usage.days),
        finding=_finding(usage),
        failures=[
            (_words(*what), count, _in_the_log(client_pk, what[0])) for what, count in usage.failures.items()
        ],
    )


def _finding(usage: Usage) -> str:
    """The chart in a sentence."""
    if not usage.sign_ins and not usage.failed:
        return "Nobody has come through this app in the last 30 days."
    busiest = max(usage.days, key=lambda day: day.succeeded)
    most = (
        f", most on {busiest.day.day} {busiest.day:%B} ({busiest.succeeded:,})" if busiest.succeeded else ""
    )
    failed = f" {usage.failed:,} attempts failed." if usage.failed else ""
    return f"{usage.sign_ins:,} sign-ins in 30 days{most}.{failed}"


def _words(action: str, reason: str) -> str:
    words = FAILURES[action]
    return f"{words}: {REASONS.get(reason, reason)}" if reason else words


def _in_the_log(client_pk: UUID, action: str) -> str:
    return url_for("admin_audit.listing", subject=client_pk, event=action)
