"""A personal access token that came back: read in one statement, and its use noted now and then."""

from datetime import datetime, timedelta
from typing import Final

from portal.grants.repository.personal_tokens import PersonalTokens, PersonalTokenStanding
from portal.infra.plain_rows import Asker
from portal.infra.unit_of_work import UnitOfWork

__all__ = ["PersonalTokenStanding", "end_in_words", "note_use", "read_personal_token", "use_is_news"]

DISABLED: Final = "user_disabled"
TOUCH_AFTER: Final = timedelta(minutes=1)
ENDS: Final = {
    "expired": "Expired",
    "revoked": "Revoked",
    DISABLED: "Account disabled",
    "security_epoch": "Ended with a new password",
}
"""Why one counts no more, for its person."""


def read_personal_token(session: Asker, text: str, *, at: datetime) -> PersonalTokenStanding | None:
    """The token and its person, if it is ours and in force, or would be if the account were not disabled: token, person
    and security epoch in one statement.
    """
    standing = PersonalTokens(session).find(text)
    return standing if standing is not None and standing.end_of(at=at) in {None, DISABLED} else None


def use_is_news(standing: PersonalTokenStanding, *, at: datetime) -> bool:
    """Whether its page shows an older use than this one, beyond the minute that it is shown to."""
    last = standing.token.last_used_at
    return last is None or at - last >= TOUCH_AFTER


def note_use(uow: UnitOfWork, standing: PersonalTokenStanding) -> None:
    """It is in use. One statement in a unit of its own, so that nothing waits for it."""
    token_id, at = standing.token.id, uow.now
    uow.write_first(
        lambda connection: PersonalTokens(connection).touch(token_id, at=at, unless_since=at - TOUCH_AFTER)
    )


def end_in_words(end: str | None) -> str:
    """For its person's list."""
    return ENDS.get(end or "", "")
