"""Personal access tokens in a request: who stands behind one, and the note that it was used."""

from datetime import datetime

import structlog
from sqlalchemy.exc import OperationalError

from portal.grants.services.personal_tokens import (
    PersonalTokenStanding,
    note_use,
    read_personal_token,
    use_is_news,
)
from portal.http.bearer import AccountDisabled, Standing
from portal.http.context import asking, client_ip, current_portal, request_id
from portal.infra.actor import Actor, TokenUsed
from portal.infra.crypto.digests import TokenKind, kind_of

log = structlog.get_logger(__name__)


def is_personal(text: str) -> bool:
    """Whether this looks like one; by its form alone."""
    return kind_of(text) is TokenKind.PERSONAL


def personal_standing(text: str, *, at: datetime) -> Standing | None:
    """Whose it is and what for, if it counts now. A person proved themselves when they made it, and nothing of that
    holds for whoever sends it: it has no sign-in, so conditions that ask for one are not met.

    Raises:
        AccountDisabled
    """
    with asking() as session:
        behind = read_personal_token(session, text, at=at)
    if behind is None:
        return None
    if not behind.user.is_active:
        raise AccountDisabled
    if use_is_news(behind, at=at):
        _note(behind)
    return Standing(
        token=TokenUsed(kind="personal_token", id=behind.token.id, name=behind.token.name),
        user=behind.user,
        scopes=frozenset(behind.token.scopes),
    )


def _note(behind: PersonalTokenStanding) -> None:
    """At most once a minute, in a unit of its own: a busy database may let it slip."""
    user = behind.user
    actor = Actor(kind="user", id=user.id, label=user.username, ip=client_ip(), request_id=request_id())
    try:
        with current_portal().unit_of_work(actor) as uow:
            note_use(uow, behind)
    except OperationalError as busy:
        log.warning("personal_token_use_not_noted", kind=type(busy).__name__)
