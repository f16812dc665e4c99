"""Requests with a redirect URI that is not registered, remembered for the people who run the app: a few of them."""

from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.clients.usecases import note_refused_redirect
from portal.http.context import current_actor, current_portal, unit_of_work
from portal.infra.rate_limit import Rule, Throttled
from portal.oauth.authorization.refused import RequestRefusedError

log = structlog.get_logger(__name__)

SAME: Final = Rule(1, seconds=3600)
"""One address of one app: whoever is sent there again and again leaves one entry an hour."""
ANY: Final = Rule(20, seconds=3600)
"""All addresses of one app: whoever makes them up fills no log."""


def remember(refusal: RequestRefusedError) -> None:
    """Write it down, if that is what was wrong; the page is answered in any case."""
    wrong = refusal.wrong_address
    if wrong is None:
        return
    limiter, app = current_portal().ports.limiter, str(wrong.client.id)
    for name, subject, rule in (
        ("redirect_refused", f"{app} {wrong.sent}", SAME),
        ("redirects_refused", app, ANY),
    ):
        if isinstance(limiter.hit(name, subject, rule), Throttled):
            return
    try:
        with unit_of_work(replace(current_actor(), client_id=wrong.client.id)) as uow:
            note_refused_redirect(uow, wrong.client, wrong.sent)
    except SQLAlchemyError as away:
        log.warning("refused_redirect_not_remembered", kind=type(away).__name__)
