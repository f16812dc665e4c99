"""How an app is used is read off an index of the audit log, and shown as a chart with its table."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event, text

from portal.audit.repository.usage import usage_of
from tests.admin.conftest import Operator, shown
from tests.admin.test_clients import register, stored
from tests.oauth.steps import App, authorize, tokens_for
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal

PLAN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


def relying(portal: Portal, operator: Operator, path: str) -> App:
    """The app, with its secret."""
    secret = re.search(r"sec_\w+", operator.page(f"{path}/connect"))
    assert secret is not None
    client_id = stored(portal, path).client_id
    return App(client_id=client_id, secret=secret[0], auth_method="client_secret_basic")


def test_sign_ins_people_tokens_and_failures_are_counted(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    path = register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")
    app = relying(portal, maya, path)
    assert "Nobody has come through this app in the last 30 days." in shown(maya.page(f"{path}/statistics"))
    for operator in (devon, devon, maya):
        tokens_for(operator.browser, app)
    devon.get("/oauth2/authorize", query_string=app.request(redirect_uri="https://evil.example/"))
    maya.send(f"{path}/access", {"audience": "roles"})
    authorize(devon.browser, app.request())
    stranger = App(client_id=app.client_id, secret="sec_wrong", auth_method=app.auth_method)
    assert stranger.post(devon.browser, "/oauth2/token", grant_type="client_credentials").status_code == 401
    with portal.reading() as session:
        usage = usage_of(session, stored(portal, path).id, at=portal.ports.clock.now())
    assert (usage.sign_ins, usage.people, usage.tokens) == (3, 2, 3)
    assert usage.failures["client.redirect_refused", ""] == 1
    assert usage.failures["client.turned_away", ""] == 2  # at the request, and when it was resumed
    assert usage.failures["client.refused", ""] == 1
    assert usage.last_sign_in_at is not None
    assert usage.days[-1].succeeded == 3
    page = maya.page(f"{path}/statistics")
    assert "3 sign-ins in 30 days" in page
    assert "People who may not use it" in shown(page)
    assert '<table class="plain-table">' in page
    assert " style=" not in page


def test_days_of_old_and_other_apps_are_not_counted(portal: Portal, maya: Operator, devon: Operator) -> None:
    path = register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")
    tokens_for(devon.browser, relying(portal, maya, path))
    other = register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")
    with portal.reading() as session:
        later = portal.ports.clock.now() + timedelta(days=30)
        assert usage_of(session, stored(portal, path).id, at=later).sign_ins == 0
        yesterday = usage_of(session, stored(portal, path).id, at=later - timedelta(days=1))
        assert [day.succeeded for day in yesterday.days][:2] == [1, 0]
        assert usage_of(session, stored(portal, other).id, at=portal.ports.clock.now()).sign_ins == 0


def test_it_is_read_off_the_index_of_the_app(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    client_pk = stored(portal, path).id
    asked: list[tuple[str, object]] = []

    def remember(_c: object, _u: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(portal.engine, "before_cursor_execute", remember)
    try:
        with portal.reading() as session:
            usage_of(session, client_pk, at=portal.ports.clock.now())
    finally:
        event.remove(portal.engine, "before_cursor_execute", remember)
    assert len([statement for statement, _ in asked if "audit_logs" in statement]) == 5
    with portal.engine.connect() as connection:
        if portal.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in asked:
            if "audit_logs" not in statement:
                continue
            rows = connection.exec_driver_sql(PLAN[portal.engine.dialect.name] + statement, parameters)  # type: ignore[arg-type]
            plan = "\n".join(str(row) for row in rows)
            assert "ix_audit_logs_client_use" in plan or "ix_audit_logs_action_created_at_id" in plan, plan
            assert "SCAN audit_logs" not in plan.replace("SCAN audit_logs USING", ""), plan


def test_the_page_costs_few_statements(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    with statements(portal.engine) as asked:
        maya.page(f"{path}/statistics")
    assert len(asked) <= 11
